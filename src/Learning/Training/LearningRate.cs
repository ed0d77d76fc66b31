namespace EdgeFlora.Learning.Training;

/// <summary>The learning rate of each step.</summary>
public static class LearningRate
{
    /// <summary>Rises in equal parts to <paramref name="peak"/> over the warm-up, then stays or falls linearly so that the step after the last would have 0.</summary>
    /// <param name="step">From 0.</param>
    public static double At(int step, int steps, double peak, double warmupFraction, bool linearDecay)
    {
        int warmup = (int)Math.Ceiling(warmupFraction * steps);
        if (step < warmup)
        {
            return peak * (step + 1) / warmup;
        }

        return linearDecay ? peak * (steps - step) / Math.Max(1, steps - warmup) : peak;
    }
}
