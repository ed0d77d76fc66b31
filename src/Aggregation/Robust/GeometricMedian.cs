using EdgeFlora.Aggregation.Algebra;

namespace EdgeFlora.Aggregation.Robust;

/// <summary>The weights of the geometric median of products, by Weiszfeld's iteration with smoothing (Pillutla et al., IEEE TSP 2022).</summary>
internal static class GeometricMedian
{
    private const int Iterations = 50;

    // Distances are floored at this fraction of their mean: an agent that sits on the median must not take all of it.
    private const double Smoothing = 1e-3;

    public static double[] Shares(DoubleMatrix k, double[] shares)
    {
        double[] o = shares;
        for (int iteration = 0; iteration < Iterations; iteration++)
        {
            double[] distances = ChangeGeometry.Distances(k, o);
            double floor = Smoothing * distances.Average();
            if (!(floor > 0))
            {
                return o;
            }

            double[] next = [.. shares.Zip(distances, (share, distance) => share / Math.Max(distance, floor))];
            Weighting.Normalise(next, shares.Sum());
            o = next;
        }

        return o;
    }
}
