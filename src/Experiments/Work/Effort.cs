namespace EdgeFlora.Experiments.Work;

/// <summary>How much work an experiment is and how much of it is done. Safe for several threads.</summary>
/// <param name="report">Told after every piece; called by one thread at a time.</param>
internal sealed class Effort(double total, Action<ExperimentProgress> report)
{
    /// <summary>A text that is trained on costs about as much as three that are measured: forward, and twice that backward.</summary>
    public const double Training = 3;

    private readonly Lock gate = new();
    private double done;
    private double fresh;
    private string doing = "";

    public void Begin(string what)
    {
        lock (gate)
        {
            doing = what;
            Report();
        }
    }

    /// <param name="isFresh">Whether it was done just now, and not found or shared.</param>
    public void Add(double work, bool isFresh)
    {
        lock (gate)
        {
            done += work;
            fresh += isFresh ? work : 0;
            Report();
        }
    }

    private void Report() => report(new ExperimentProgress(Math.Min(done, total), total, fresh, doing));
}
