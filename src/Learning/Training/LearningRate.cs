namespace EdgeFlora.Learning.Training;

/// <summary>The learning rate of each step.</summary>
public static class LearningRate
{
    /// <summary>The rate of a plan's step.</summary>
    /// <param name="step">From 0.</param>
    internal static double At(int step, TrainingPlan plan) => At(step, plan.Steps, plan.LearningRate, plan.WarmupFraction, plan.Schedule);

    /// <summary>Rises in equal parts to <paramref name="peak"/> over the warm-up, then follows the schedule.</summary>
    /// <param name="step">From 0.</param>
    public static double At(int step, int steps, double peak, double warmupFraction, RateSchedule schedule)
    {
        int warmup = (int)Math.Ceiling(warmupFraction * steps);
        if (step < warmup)
        {
            return peak * (step + 1) / warmup;
        }

        double left = (double)(steps - step) / Math.Max(1, steps - warmup);
        return schedule switch
        {
            RateSchedule.Linear => peak * left,
            RateSchedule.Cosine => peak * 0.5 * (1 - Math.Cos(Math.PI * left)),
            _ => peak,
        };
    }
}
