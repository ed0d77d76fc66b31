using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Randomness;

namespace EdgeFlora.Aggregation.Tests;

/// <summary>
/// Agents as in the design's error tables: a shared start, a common step, and a private step <paramref name="Drift"/> times as long; in the second
/// table log-normal step sizes and weights, and half of the private step shared by the agents of one of twelve domains.
/// </summary>
/// <param name="Later">Whether B has left zero before the round.</param>
internal sealed record TableRound(int Size, int Agents, int Rank, double Drift, bool Later, bool Heterogeneous)
{
    private const int Domains = 12;

    public (LoraAdapter Broadcast, Update[] Updates) Make()
    {
        var random = new SeededRandom(5);
        var start = new LoraFactors(
            Given.Gaussian(Rank, Size, 1 / Math.Sqrt(3.0 * Size), random), Later ? Given.Gaussian(Size, Rank, 0.1, random) : new Matrix(Size, Rank));
        LoraFactors common = Step(random);
        LoraFactors[] domains = [.. Enumerable.Range(0, Domains).Select(_ => Step(random))];
        var updates = new Update[Agents];
        for (int u = 0; u < Agents; u++)
        {
            double size = Heterogeneous ? Math.Exp(0.5 * random.NextGaussian()) : 1;
            double weight = Heterogeneous ? Math.Exp(0.5 * random.NextGaussian()) : 1;
            LoraFactors own = Step(random);
            LoraFactors domain = domains[u % Domains];
            updates[u] = new Update($"agent-{u:D4}", weight, Given.Single(new LoraFactors(
                Sum(start.A, size, common.A, domain.A, own.A), Sum(start.B, size, common.B, domain.B, own.B))));
        }

        return (Given.Single(start), updates);
    }

    private LoraFactors Step(SeededRandom random) =>
        new(Given.Gaussian(Rank, Size, 0.1 / Math.Sqrt(Size), random), Given.Gaussian(Size, Rank, 0.02, random));

    private Matrix Sum(Matrix start, double size, Matrix common, Matrix domain, Matrix own)
    {
        var sum = new Matrix(start.Rows, start.Columns);
        double shared = Heterogeneous ? Math.Sqrt(0.5) : 0;
        double alone = Heterogeneous ? Math.Sqrt(0.5) : 1;
        for (int i = 0; i < sum.Values.Length; i++)
        {
            double away = Drift * ((shared * domain.Values[i]) + (alone * own.Values[i]));
            sum.Values[i] = (float)(start.Values[i] + (size * (common.Values[i] + away)));
        }

        return sum;
    }
}
