using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Coordinator.Tests.Store;

namespace EdgeFlora.Coordinator.Tests.Hosting;

/// <summary>Services whose state others can take over, with three agents.</summary>
public abstract class SharedStateTests(PostgresFixture postgres) : PostgresTests(postgres), IDisposable
{
    private protected static readonly string[] Agents = ["a", "b", "c"];

    private protected TemporaryFolder Folder { get; } = new();

    public void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Another replica need not wait until the lease of one that could not serve has lapsed.</summary>
    private protected async Task AssertLeaseIsReleasedAsync(PostgresOptions place) =>
        Assert.Equal(true, await (await Postgres.ServerAsync()).AskAsync("SELECT expires_at IS NULL FROM service_lease", place.Database));

    /// <summary>Every round of a run of three can be merged again, and its adapter is given out.</summary>
    private protected static async Task AssertProvenAsync(FleetRig rig, Guid run, RunOutcome expected)
    {
        foreach (int round in new[] { 1, 2, 3 })
        {
            RoundVerification verified = await rig.Runs.VerifyAsync(run, round, Stop);
            Assert.Equal((3, (string?)null), (verified.Results, verified.Problem));
        }

        AdapterExport export = await rig.Runs.ExportAsync(run, round: null, Stop);
        using var zip = new MemoryStream();
        await export.WriteAsync(zip, Stop);
        Assert.Equal(expected.ModelSha256, export.ModelSha256);
        Assert.True(zip.Length > 0);
    }
}
