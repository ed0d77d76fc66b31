using EdgeFlora.Coordinator.Diagnosis;

namespace EdgeFlora.Cli.Doctor.Store;

/// <summary>That the service's user may do in the database what the service does.</summary>
internal sealed class StoreRightsCheck(StoreDiagnosis store) : StoreCheckBase(store)
{
    public const string CheckName = "store.rights";

    public override string Name => CheckName;

    public override string Deed => "asks whether the user may make and change tables, and tell the database from a copy of it";

    protected override async Task<Finding> AskAsync(CancellationToken stop)
    {
        IReadOnlyList<MissingRight> missing = await Store.MissingRightsAsync(stop);
        return missing.Count == 0
            ? Finding.Ok("it may")
            : Finding.Failed(
                $"user {Store.Options.User} may not {string.Join(", nor ", missing.Select(right => right.Deed))}",
                $"an administrator of the database types into psql {Store.Options.Database}: "
                    + string.Join("; ", missing.Select(right => right.Mend)) + ";");
    }
}
