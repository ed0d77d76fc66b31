namespace EdgeFlora.Learning.Programs;

/// <summary>The chance that one of k programs drawn from those written passes.</summary>
public static class PassAtK
{
    /// <summary>The unbiased estimate 1 − C(n − c, k)/C(n, k) (arXiv 2107.03374).</summary>
    /// <param name="samples">n: programs written for a problem; ≥ k.</param>
    /// <param name="passed">c: those that passed.</param>
    /// <param name="k">≥ 1.</param>
    public static double Estimate(int samples, int passed, int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, k);
        ArgumentOutOfRangeException.ThrowIfNegative(passed);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(passed, samples);

        // C(n − c, k)/C(n, k) = Π over the passed i of (1 − k/i), i from n − c + 1 to n: no large number on the way.
        double none = 1;
        for (int i = samples - passed + 1; i <= samples; i++)
        {
            none *= 1 - Math.Min(1, (double)k / i);
        }

        return 1 - none;
    }
}
