using EdgeFlora.Coordinator.Diagnosis;

namespace EdgeFlora.Cli.Doctor.Store;

/// <summary>Whether a coordinator leads.</summary>
internal sealed class StoreLeaseCheck(StoreDiagnosis store) : StoreCheckBase(store)
{
    public override string Name => "store.lease";

    public override string Deed => "asks which coordinator leads";

    public static Finding Find(StoreLeaseState? lease) => lease switch
    {
        null => Finding.Ok("none has ever led on this database: the first that starts will"),
        { IsHeld: true } => Finding.Ok(FormattableString.Invariant($"{lease.Holder} leads (term {lease.Term})")),
        _ => Finding.Warning(
            FormattableString.Invariant($"nobody leads; the last was {lease.Holder} (term {lease.Term})"),
            "start a coordinator (systemctl start edgeflora-coordinator); where one runs, its log says why it does not lead"),
    };

    protected override async Task<Finding> AskAsync(CancellationToken stop) => Find(await Store.LeaseAsync(stop));
}
