using EdgeFlora.Adapters;

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

        for (int sweep = 0; sweep < 30; sweep++)
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
