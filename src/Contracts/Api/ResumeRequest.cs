namespace EdgeFlora.Contracts.Api;

/// <summary>Lets a paused run go on.</summary>
public sealed record ResumeRequest
{
    /// <summary>
    /// Of a private run of a service that was restored from a backup: how many of its rounds ended after the backup, 0 … 10,000. They count as
    /// spent of its budget. Absent for every other run.
    /// </summary>
    public int? SpentRounds { get; init; }
}
