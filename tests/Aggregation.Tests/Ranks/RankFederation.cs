using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Aggregation.Algebra;
using EdgeFlora.Aggregation.Ranks;

namespace EdgeFlora.Aggregation.Tests.Ranks;

/// <summary>
/// A federation whose truth is known: a matrix of rank 16, of which each agent sees a version of its own through inputs of its own, and learns it by
/// gradient descent in double precision.
/// </summary>
internal sealed class RankFederation
{
    public const int Highest = 16;
    private const int Outputs = 24;
    private const int Inputs = 28;
    private const int Steps = 20;
    private const double Rate = 0.02;

    private readonly double[][,] truths;
    private readonly double[][,] covariances;
    private readonly int[] ranks;

    /// <param name="ranks">One for each agent.</param>
    /// <param name="apart">How far an agent's truth is from the common one, as a share of its length.</param>
    public RankFederation(int[] ranks, ulong seed, double apart = 0.1)
    {
        this.ranks = ranks;
        var random = new SeededRandom(seed);
        Truth = Common(random);
        truths = [.. ranks.Select(_ => Own(Truth, apart, random))];
        covariances = [.. ranks.Select(_ => Covariance(random))];
        First = Given.Single(new LoraFactors(Given.Gaussian(Highest, Inputs, 1 / Math.Sqrt(3.0 * Inputs), random), new Matrix(Outputs, Highest)));
    }

    public double[,] Truth { get; }

    public LoraAdapter First { get; }

    /// <summary>The product (with its scale) after so many rounds.</summary>
    public double[,] Run(AggregationOptions options, int rounds)
    {
        LoraAdapter global = First;
        for (int round = 1; round <= rounds; round++)
        {
            LoraAdapter broadcast = global;
            Update[] updates =
                [.. ranks.Select((rank, u) => new Update($"{u}", 100 + (10 * (u % 3)), Trained(RankReadOut.First(broadcast, rank), u)))];
            global = Aggregator.Aggregate(options, broadcast, updates, round).Global;
        }

        return DenseReference.Product(global.Modules[Given.Module], global.Settings.Scale);
    }

    /// <summary>Energy of a product in the singular directions from <paramref name="from"/> on, counted from 1.</summary>
    public static double EnergyFrom(int from, double[,] product) => DenseReference.SingularValues(product).Skip(from - 1).Sum(sigma => sigma * sigma);

    private LoraAdapter Trained(LoraAdapter start, int agent)
    {
        LoraFactors factors = start.Modules[Given.Module];
        double scale = start.Settings.Scale;
        double[,] a = DenseReference.Of(factors.A);
        double[,] b = DenseReference.Of(factors.B);
        for (int step = 0; step < Steps; step++)
        {
            // Of ½‖(s·BA − T)·X‖²/n with XXᵀ/n the covariance.
            double[,] off = DenseReference.Times(b, a);
            for (int i = 0; i < off.GetLength(0); i++)
            {
                for (int j = 0; j < off.GetLength(1); j++)
                {
                    off[i, j] = (scale * off[i, j]) - truths[agent][i, j];
                }
            }

            double[,] gradient = DenseReference.Times(off, covariances[agent]);
            double[,] ofB = DenseReference.Times(gradient, a, transposeY: true);
            double[,] ofA = DenseReference.Times(DenseReference.Transposed(b), gradient);
            DenseReference.Add(b, ofB, -Rate * scale);
            DenseReference.Add(a, ofA, -Rate * scale);
        }

        return new LoraAdapter(start.Settings, [KeyValuePair.Create(Given.Module, new LoraFactors(Singles(a), Singles(b)))]);
    }

    // Σ σⱼuⱼvⱼᵀ with σ falling by an eighth from direction to direction.
    private static double[,] Common(SeededRandom random)
    {
        DoubleMatrix u = OrthonormalRows.Of(DoubleMatrix.From(Given.Gaussian(Highest, Outputs, 1, random))).Q;
        DoubleMatrix v = OrthonormalRows.Of(DoubleMatrix.From(Given.Gaussian(Highest, Inputs, 1, random))).Q;
        double[,] truth = new double[Outputs, Inputs];
        for (int j = 0; j < Highest; j++)
        {
            for (int o = 0; o < Outputs; o++)
            {
                for (int i = 0; i < Inputs; i++)
                {
                    truth[o, i] += 3 * Math.Pow(0.875, j) * u[j, o] * v[j, i];
                }
            }
        }

        return truth;
    }

    private static double[,] Own(double[,] truth, double apart, SeededRandom random)
    {
        double[,] noise = DenseReference.Of(Given.Gaussian(Outputs, Inputs, 1, random));
        double[,] own = (double[,])truth.Clone();
        DenseReference.Add(own, noise, apart * DenseReference.Length(truth) / DenseReference.Length(noise));
        return own;
    }

    private static double[,] Covariance(SeededRandom random)
    {
        double[,] x = DenseReference.Of(Given.Gaussian(Inputs, 4 * Inputs, 1 / Math.Sqrt(4.0 * Inputs), random));
        return DenseReference.Times(x, x, transposeY: true);
    }

    private static Matrix Singles(double[,] values)
    {
        var matrix = new Matrix(values.GetLength(0), values.GetLength(1));
        for (int i = 0; i < matrix.Rows; i++)
        {
            for (int j = 0; j < matrix.Columns; j++)
            {
                matrix[i, j] = (float)values[i, j];
            }
        }

        return matrix;
    }
}
