namespace EdgeFlora.Experiments;

/// <summary>How far an experiment has come.</summary>
/// <param name="Done">Work done, in texts that were trained on (counting three) or measured; what was found from before included.</param>
/// <param name="Total">All there is to do.</param>
/// <param name="Fresh">Work done in this process: what time was spent on.</param>
/// <param name="Doing">What is under way.</param>
public sealed record ExperimentProgress(double Done, double Total, double Fresh, string Doing)
{
    /// <summary>Less than this fraction of the whole says nothing of how fast it goes.</summary>
    private const double Telling = 0.005;

    /// <summary>Time that is left if it goes on as fast; null before enough was done to tell.</summary>
    /// <param name="elapsed">Since work began.</param>
    public TimeSpan? Remaining(TimeSpan elapsed) => Fresh > Telling * Total ? elapsed * (Math.Max(0, Total - Done) / Fresh) : null;
}
