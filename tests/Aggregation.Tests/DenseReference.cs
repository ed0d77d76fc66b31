using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;

namespace EdgeFlora.Aggregation.Tests;

/// <summary>The slow, obvious judge: products formed as full matrices in double precision.</summary>
internal static class DenseReference
{
    public static double[,] Product(LoraFactors factors, double scale = 1)
    {
        double[,] product = new double[factors.Outputs, factors.Inputs];
        for (int o = 0; o < factors.Outputs; o++)
        {
            for (int r = 0; r < factors.Rank; r++)
            {
                for (int k = 0; k < factors.Inputs; k++)
                {
                    product[o, k] += scale * factors.B[o, r] * factors.A[r, k];
                }
            }
        }

        return product;
    }

    public static void Add(double[,] sum, double[,] term, double factor)
    {
        for (int i = 0; i < sum.GetLength(0); i++)
        {
            for (int j = 0; j < sum.GetLength(1); j++)
            {
                sum[i, j] += factor * term[i, j];
            }
        }
    }

    public static double Length(double[,] matrix) => Math.Sqrt(InnerProduct(matrix, matrix));

    public static double InnerProduct(double[,] x, double[,] y)
    {
        double sum = 0;
        for (int i = 0; i < x.GetLength(0); i++)
        {
            for (int j = 0; j < x.GetLength(1); j++)
            {
                sum += x[i, j] * y[i, j];
            }
        }

        return sum;
    }

    public static double Distance(double[,] x, double[,] y)
    {
        double[,] difference = (double[,])x.Clone();
        Add(difference, y, -1);
        return Length(difference);
    }

    /// <summary>Σ nᵤ/n · sᵤ/s · BᵤAᵤ of one module.</summary>
    public static double[,] Ideal(LoraAdapter broadcast, IReadOnlyList<Update> updates, string module)
    {
        LoraFactors shape = broadcast.Modules[module];
        double[,] sum = new double[shape.Outputs, shape.Inputs];
        double total = updates.Sum(u => u.Weight);
        foreach (Update update in updates)
        {
            Add(sum, Product(update.Adapter.Modules[module]), update.Weight / total * update.Adapter.Settings.Scale / broadcast.Settings.Scale);
        }

        return sum;
    }

    /// <summary>‖product − target‖ / ‖target‖; 0 where both are zero.</summary>
    public static double Error(LoraFactors candidate, double[,] target)
    {
        double length = Length(target);
        double distance = Distance(Product(candidate), target);
        return distance == 0 ? 0 : distance / length;
    }

    /// <summary>X·Y, or X·Yᵀ.</summary>
    public static double[,] Times(double[,] x, double[,] y, bool transposeY = false)
    {
        int inner = x.GetLength(1);
        double[,] result = new double[x.GetLength(0), transposeY ? y.GetLength(0) : y.GetLength(1)];
        for (int i = 0; i < result.GetLength(0); i++)
        {
            for (int j = 0; j < result.GetLength(1); j++)
            {
                for (int k = 0; k < inner; k++)
                {
                    result[i, j] += x[i, k] * (transposeY ? y[j, k] : y[k, j]);
                }
            }
        }

        return result;
    }

    public static double[,] Transposed(double[,] x)
    {
        double[,] result = new double[x.GetLength(1), x.GetLength(0)];
        for (int i = 0; i < x.GetLength(0); i++)
        {
            for (int j = 0; j < x.GetLength(1); j++)
            {
                result[j, i] = x[i, j];
            }
        }

        return result;
    }

    /// <summary>The X [n × m] with H·X = C, by Gauss elimination with row pivots.</summary>
    public static double[,] Solve(double[,] h, double[,] c)
    {
        int n = h.GetLength(0);
        int m = c.GetLength(1);
        h = (double[,])h.Clone();
        c = (double[,])c.Clone();
        for (int k = 0; k < n; k++)
        {
            int pivot = Enumerable.Range(k, n - k).MaxBy(i => Math.Abs(h[i, k]));
            for (int j = 0; j < n; j++)
            {
                (h[k, j], h[pivot, j]) = (h[pivot, j], h[k, j]);
            }

            for (int j = 0; j < m; j++)
            {
                (c[k, j], c[pivot, j]) = (c[pivot, j], c[k, j]);
            }

            for (int i = 0; i < n; i++)
            {
                double factor = i == k ? 0 : h[i, k] / h[k, k];
                for (int j = 0; j < n && factor != 0; j++)
                {
                    h[i, j] -= factor * h[k, j];
                }

                for (int j = 0; j < m && factor != 0; j++)
                {
                    c[i, j] -= factor * c[k, j];
                }
            }
        }

        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < m; j++)
            {
                c[i, j] /= h[i, i];
            }
        }

        return c;
    }

    public static double[,] Of(Matrix matrix)
    {
        double[,] result = new double[matrix.Rows, matrix.Columns];
        for (int i = 0; i < matrix.Rows; i++)
        {
            for (int j = 0; j < matrix.Columns; j++)
            {
                result[i, j] = matrix[i, j];
            }
        }

        return result;
    }

    /// <summary>Singular values, largest first, from the eigenvalues of MᵀM or MMᵀ by cyclic two-sided Jacobi rotations.</summary>
    public static double[] SingularValues(double[,] matrix)
    {
        bool wide = matrix.GetLength(1) > matrix.GetLength(0);
        int n = wide ? matrix.GetLength(0) : matrix.GetLength(1);
        int inner = wide ? matrix.GetLength(1) : matrix.GetLength(0);
        double[,] gram = new double[n, n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                for (int k = 0; k < inner; k++)
                {
                    gram[i, j] += wide ? matrix[i, k] * matrix[j, k] : matrix[k, i] * matrix[k, j];
                }
            }
        }

        for (int sweep = 0; sweep < 30 && OffDiagonal(gram) > 1e-28 * Trace(gram) * Trace(gram); sweep++)
        {
            for (int p = 0; p < n; p++)
            {
                for (int q = p + 1; q < n; q++)
                {
                    Rotate(gram, p, q);
                }
            }
        }

        return [.. Enumerable.Range(0, n).Select(i => Math.Sqrt(Math.Max(0, gram[i, i]))).OrderDescending()];
    }

    /// <summary>The Eckart–Young bound: relative error of the best rank-<paramref name="rank"/> approximation.</summary>
    public static double Bound(double[,] target, int rank)
    {
        double[] squares = [.. SingularValues(target).Select(s => s * s)];
        double total = squares.Sum();
        return total > 0 ? Math.Sqrt(squares.Skip(rank).Sum() / total) : 0;
    }

    private static double OffDiagonal(double[,] s)
    {
        double sum = 0;
        for (int i = 0; i < s.GetLength(0); i++)
        {
            for (int j = 0; j < i; j++)
            {
                sum += s[i, j] * s[i, j];
            }
        }

        return sum;
    }

    private static double Trace(double[,] s) => Enumerable.Range(0, s.GetLength(0)).Sum(i => s[i, i]);

    private static void Rotate(double[,] s, int p, int q)
    {
        if (s[p, q] == 0)
        {
            return;
        }

        double theta = (s[q, q] - s[p, p]) / (2 * s[p, q]);
        double t = (theta >= 0 ? 1 : -1) / (Math.Abs(theta) + Math.Sqrt(1 + (theta * theta)));
        double c = 1 / Math.Sqrt(1 + (t * t));
        double sine = t * c;
        for (int k = 0; k < s.GetLength(0); k++)
        {
            (s[k, p], s[k, q]) = ((c * s[k, p]) - (sine * s[k, q]), (sine * s[k, p]) + (c * s[k, q]));
        }

        for (int k = 0; k < s.GetLength(0); k++)
        {
            (s[p, k], s[q, k]) = ((c * s[p, k]) - (sine * s[q, k]), (sine * s[p, k]) + (c * s[q, k]));
        }
    }
}
