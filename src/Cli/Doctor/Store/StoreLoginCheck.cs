using EdgeFlora.Coordinator.Diagnosis;

namespace EdgeFlora.Cli.Doctor.Store;

/// <summary>TLS, user, password and database, as the service itself would connect.</summary>
internal sealed class StoreLoginCheck(StoreDiagnosis store) : StoreCheckBase(store)
{
    public const string CheckName = "store.login";

    public override string Name => CheckName;

    public override string Deed => $"logs in as {Store.Options.User} to database {Store.Options.Database}"
        + (Store.Options is { IsLoopback: true, Ca: null } ? "" : ", over TLS");

    public override IReadOnlyList<string> Needs => [StorePortCheck.CheckName];

    protected override async Task<Finding> AskAsync(CancellationToken stop)
    {
        await Store.LogInAsync(stop);
        return Finding.Ok("the server lets it in");
    }
}
