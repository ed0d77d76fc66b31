using EdgeFlora.Coordinator.Diagnosis;

namespace EdgeFlora.Cli.Doctor.Store;

/// <summary>That the server is one that a service can work with.</summary>
internal sealed class StoreVersionCheck(StoreDiagnosis store) : StoreCheckBase(store)
{
    public const string CheckName = "store.version";

    public override string Name => CheckName;

    public override string Deed => "asks for the server's version, its encoding and whether it takes writes";

    public override IReadOnlyList<string> Needs => [StoreLoginCheck.CheckName];

    /// <param name="server">What it said.</param>
    /// <param name="database">Its name.</param>
    public static Finding Find(StoreServer server, string database) =>
        server.IsTooOld ? Finding.Failed(
            $"it is PostgreSQL {server.Version}; {StoreServer.OldestMajor} or later is needed",
            $"upgrade the server to PostgreSQL {StoreServer.OldestMajor} or later, or name another one in store.url")
        : server.Encoding != StoreServer.NeededEncoding ? Finding.Failed(
            $"database {database} keeps texts as {server.Encoding}; {StoreServer.NeededEncoding} is needed",
            $"make another: createdb --encoding={StoreServer.NeededEncoding} --template=template0 NAME, and name it in store.url")
        : server.IsReadOnly ? Finding.Failed(
            $"PostgreSQL {server.Version} takes no writes: it is a standby server, or the database is set to be read only",
            "name the server in store.url that leads, or an address that follows it")
        : server.IsShared ? Finding.Failed(
            $"something in front of PostgreSQL {server.Version} gives its connections to several clients, which breaks the lease",
            "name PostgreSQL itself in store.url, and not a pooler; or have the pooler keep a connection for each client (pool_mode = session)")
        : Finding.Ok($"PostgreSQL {server.Version}, texts in {server.Encoding}");

    protected override async Task<Finding> AskAsync(CancellationToken stop) => Find(await Store.LogInAsync(stop), Store.Options.Database);
}
