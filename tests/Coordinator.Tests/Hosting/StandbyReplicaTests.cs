using System.Collections.Concurrent;
using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Transport.Buses;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.Coordinator.Tests.Hosting;

/// <summary>What a replica does that stands by while another leads.</summary>
public sealed class StandbyReplicaTests(PostgresFixture postgres) : SharedStateTests(postgres)
{
    private readonly ConcurrentQueue<string> told = [];

    /// <summary>Not only when the leader is gone, and nobody can take over.</summary>
    [Fact]
    public async Task One_whose_settings_name_another_place_for_bodies_says_so_at_once()
    {
        PostgresOptions place = await NewAsync();
        await using FleetRig rig = await FleetRig.StartAsync(Folder, postgres: place);
        await rig.AddAsync(null, Agents);
        await rig.OutcomeAsync(await rig.SubmitAsync("in the folder", rounds: 1));

        StateFolderException refused = await Assert.ThrowsAsync<StateFolderException>(
            () => StandByAsync(Folder["other"], place.With(keepsBodies: true), Stop).InTimeAsync());

        Assert.StartsWith(
            $"store.bodies is postgres, but the service in {place} keeps its bodies in the state folder;", refused.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(new StoreOptions { StateFolder = Folder["other"] }.ServiceFile));
        Assert.True((await rig.Runs.StatusAsync(Stop)).Ready);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_read_for_a_moment_is_said_and_waited_for()
    {
        PostgresOptions place = await NewAsync();
        await using FleetRig rig = await FleetRig.StartAsync(Folder, postgres: place);
        using var stop = new CancellationTokenSource();
        Task standing = StandByAsync(Folder["state"], place, stop.Token);
        await SaysAsync("leads (term 1)");

        await using (new FileStream(new StoreOptions { StateFolder = Folder["state"] }.ServiceFile, FileMode.Open, FileAccess.Read, FileShare.None))
        {
            await SaysAsync("its state folder cannot be used (");
            told.Clear();
        }

        await SaysAsync("leads (term 1)");
        await stop.CancelAsync();
        await standing.InTimeAsync();
    }

    /// <summary>What agents of private runs sent is deleted with each round, by the leader; copies of one that was deposed go too.</summary>
    [Fact]
    public async Task Copies_of_bodies_go_once_another_leads()
    {
        PostgresOptions place = (await NewAsync()).With(keepsBodies: true);
        await using FleetRig rig = await FleetRig.StartAsync(Folder, postgres: place);
        string copies = new StoreOptions { StateFolder = Folder["deposed"] }.BodiesOf(Guid.NewGuid());
        Directory.CreateDirectory(copies);
        await File.WriteAllTextAsync(Path.Combine(copies, "body"), "an update", Stop);
        using var stop = new CancellationTokenSource();

        Task standing = StandByAsync(Folder["deposed"], place, stop.Token);
        await SaysAsync("leads (term 1)");

        Assert.False(Directory.Exists(copies));
        await stop.CancelAsync();
        await standing.InTimeAsync();
    }

    private Task SaysAsync(string what) => LimitedWait.UntilAsync(
        () => Task.FromResult(told.Any(sentence => sentence.Contains(what, StringComparison.Ordinal))), () => string.Join('\n', told), what);

    private async Task StandByAsync(string state, PostgresOptions place, CancellationToken stop)
    {
        MessageBus bus = await BusFactory.StartAsync(new BrokerOptions(), TimeProvider.System, null, Stop);
        try
        {
            var options = new CoordinatorHostOptions { StateFolder = state, Postgres = place, StandsBy = told.Enqueue };
            await new CoordinatorHost(bus, options, TimeProvider.System, NullLoggerFactory.Instance).RunAsync(stop);
        }
        finally
        {
            await bus.StopAsync(Stop);
        }
    }
}
