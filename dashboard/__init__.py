"""The screens of MedMeta: Streamlit only, no medicine and no learning."""
