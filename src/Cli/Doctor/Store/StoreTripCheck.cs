using EdgeFlora.Coordinator.Diagnosis;

namespace EdgeFlora.Cli.Doctor.Store;

/// <summary>That what is written can be read again, and how long the database takes beside the lease.</summary>
internal sealed class StoreTripCheck(StoreDiagnosis store) : StoreCheckBase(store)
{
    /// <summary>A leader renews its lease four times within its time.</summary>
    private const int Renewals = 4;

    public override string Name => "store.trip";

    public override string Deed => "writes to a table of its own, reads it and takes it back";

    public override IReadOnlyList<string> Needs => [StoreRightsCheck.CheckName];

    public static Finding Find(TimeSpan took, TimeSpan lease)
    {
        string text = FormattableString.Invariant($"an answer took {took.TotalMilliseconds:0.#} ms; store.lease is {lease.TotalSeconds:0.#} s");
        return took * Renewals < lease ? Finding.Ok(text) : Finding.Warning(
            $"{text}: the lease may lapse while the leader works",
            "a database nearer to the service or with less to do, or a longer store.lease (up to 1 min)");
    }

    protected override async Task<Finding> AskAsync(CancellationToken stop) => Find(await Store.RoundTripAsync(stop), Store.Options.Lease);
}
