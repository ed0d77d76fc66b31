using EdgeFlora.Aggregation.Algebra;

namespace EdgeFlora.Aggregation.Robust;

/// <summary>Centred clipping (Karimireddy et al., ICML 2021) on products: a centre that starts at the broadcast adapter moves by agents' differences from it, each cut to the median length.</summary>
internal static class CentredClipping
{
    private const int Iterations = 10;

    /// <summary>Shares that sum to at most 1; what is missing belongs to the broadcast adapter.</summary>
    public static double[] Shares(DoubleMatrix k, double[] shares)
    {
        double[] o = new double[shares.Length];
        for (int iteration = 0; iteration < Iterations; iteration++)
        {
            double[] distances = ChangeGeometry.Distances(k, o);
            double radius = LowerMedian.Of(distances);
            double[] steps = [.. shares.Zip(distances, (share, distance) => distance > radius ? share * radius / distance : share)];
            double kept = 1 - steps.Sum();
            o = [.. o.Zip(steps, (value, step) => (value * kept) + step)];
        }

        return o;
    }
}
