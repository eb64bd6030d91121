// Passes over the maps of a block (convolution, normalisation, max-pool 2 x 2, ReLU) in the
// order (n, h, w, c): each reads a map of full size once. Called by block_passes.py, where the
// formulas stand. H, W: full size; h, w: halves, rounded down; an odd last row or column is not
// pooled. `where`: which of the four places of a window holds the maximum.
#include <stdint.h>
#include <string.h>

#define AT(map, n, i, j, H, W, C) ((map) + ((((int64_t)(n) * (H) + (i)) * (W) + (j)) * (C)))

// Sums over the places of each picture: of y, and of y times other (n, C each).
void moments(const float *y, const float *other, float *sums, float *products, int N, int P, int C)
{
    for (int n = 0; n < N; n++) {
        float *s = sums + (int64_t)n * C, *q = products + (int64_t)n * C;
        memset(s, 0, C * sizeof(float));
        memset(q, 0, C * sizeof(float));
        for (int p = 0; p < P; p++) {
            const float *a = y + ((int64_t)n * P + p) * C, *b = other + ((int64_t)n * P + p) * C;
#pragma omp simd
            for (int c = 0; c < C; c++) {
                s[c] += a[c];
                q[c] += a[c] * b[c];
            }
        }
    }
}

// The maximum of sign * y in each window, times sign, and where it lies.
void pool(const float *y, const float *sign, float *best, int8_t *where, int N, int H, int W, int C)
{
    int h = H / 2, w = W / 2;
    for (int n = 0; n < N; n++)
        for (int i = 0; i < h; i++)
            for (int j = 0; j < w; j++) {
                const float *a = AT(y, n, 2 * i, 2 * j, H, W, C), *b = a + C;
                const float *d = AT(y, n, 2 * i + 1, 2 * j, H, W, C), *e = d + C;
                float *out = AT(best, n, i, j, h, w, C);
                int8_t *at = AT(where, n, i, j, h, w, C);
#pragma omp simd
                for (int c = 0; c < C; c++) {
                    float s = sign[c], m = s * a[c], v;
                    int k = 0;
                    v = s * b[c]; k = v > m ? 1 : k; m = v > m ? v : m;
                    v = s * d[c]; k = v > m ? 2 : k; m = v > m ? v : m;
                    v = s * e[c]; k = v > m ? 3 : k; m = v > m ? v : m;
                    out[c] = s * m;
                    at[c] = (int8_t)k;
                }
            }
}

// What a map holds at the places of the maxima.
void gather(const float *y, const int8_t *where, float *out, int N, int H, int W, int C)
{
    int h = H / 2, w = W / 2;
    for (int n = 0; n < N; n++)
        for (int i = 0; i < h; i++)
            for (int j = 0; j < w; j++) {
                const float *a = AT(y, n, 2 * i, 2 * j, H, W, C), *b = a + C;
                const float *d = AT(y, n, 2 * i + 1, 2 * j, H, W, C), *e = d + C;
                const int8_t *at = AT(where, n, i, j, h, w, C);
                float *o = AT(out, n, i, j, h, w, C);
#pragma omp simd
                for (int c = 0; c < C; c++) {
                    float low = at[c] & 1 ? b[c] : a[c], high = at[c] & 1 ? e[c] : d[c];
                    o[c] = at[c] & 2 ? high : low;
                }
            }
}

// out = A + B y + D z (A, B, D by picture and channel), plus q at the places of the maxima.
// z may be NULL.
void spread(const float *q, const int8_t *where, const float *y, const float *z, const float *A,
            const float *B, const float *D, float *out, int N, int H, int W, int C)
{
    int h = H / 2, w = W / 2;
    for (int n = 0; n < N; n++) {
        const float *a = A + (int64_t)n * C, *b = B + (int64_t)n * C, *d = D + (int64_t)n * C;
        for (int i = 0; i < H; i++)
            for (int j = 0; j < W; j++) {
                const float *x = AT(y, n, i, j, H, W, C);
                const float *t = z ? AT(z, n, i, j, H, W, C) : x;
                float *o = AT(out, n, i, j, H, W, C);
                int is_pooled = i / 2 < h && j / 2 < w, here = 2 * (i & 1) + (j & 1);
                if (!is_pooled) {
#pragma omp simd
                    for (int c = 0; c < C; c++) o[c] = a[c] + b[c] * x[c] + d[c] * t[c];
                    continue;
                }
                const float *g = AT(q, n, i / 2, j / 2, h, w, C);
                const int8_t *at = AT(where, n, i / 2, j / 2, h, w, C);
#pragma omp simd
                for (int c = 0; c < C; c++)
                    o[c] = a[c] + b[c] * x[c] + d[c] * t[c] + (at[c] == here ? g[c] : 0.0f);
            }
    }
}
