using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Integration.Tests.Service;

/// <summary>
/// Two coordinators on one PostgreSQL database, with one state folder or each with its own, three agents that do no training, and an operator.
/// </summary>
internal sealed class ReplicaFleet : IAsyncDisposable
{
    /// <summary>Trains first, and is held where a test wants a round to stay open.</summary>
    public const string Held = "c";

    private readonly ServedFleet operated;
    private readonly ScriptedFleet agents;
    private readonly string broker;
    private readonly PostgresOptions database;
    private readonly string lease;
    private readonly List<EdgeFloraProcess> replicas = [];
    private readonly List<(int Round, string Agent)> offers = [];
    private (int Round, TaskCompletionSource Gate) hold = (0, new TaskCompletionSource());

    private ReplicaFleet(ServedFleet operated, ScriptedFleet agents, string broker, PostgresOptions database, string lease)
    {
        this.operated = operated;
        this.agents = agents;
        this.broker = broker;
        this.database = database;
        this.lease = lease;
    }

    public EdgeFloraProcess Leader { get; private set; } = null!;

    public EdgeFloraProcess Standby { get; private set; } = null!;

    public EventRecorder Events => agents.Events;

    public string In(string name) => operated.In(name);

    /// <summary>Starts all of it; one leads and the other stands by when this returns.</summary>
    /// <param name="lease">Long, so that a machine that is busy with tests hands nothing over that a test does not want to be handed over.</param>
    /// <param name="leaderPort">Where the leader reaches the database; 0: where it is.</param>
    public static async Task<ReplicaFleet> StartAsync(string broker, PostgresOptions database, string lease = "30s", int leaderPort = 0)
    {
        await Testing.InProcess.FleetQueue.EmptyAsync(broker, TestContext.Current.CancellationToken);
        var operated = new ServedFleet(broker);
        operated.Write("store.password", PrivatePostgres.Password);
        var fleet = new ReplicaFleet(operated, await ScriptedFleet.StartAsync(broker), broker, database, lease);
        fleet.Leader = fleet.StartReplica(port: leaderPort);
        await LeadsAsync(fleet.Leader);
        fleet.Standby = fleet.StartReplica();
        await fleet.Standby.LineAsync("standing by: ");
        await fleet.Standby.LineAsync("started at ");
        foreach (string agent in new[] { "a", "b", Held })
        {
            await fleet.agents.AddAsync(agent, (offer, stop) =>
            {
                lock (fleet.offers)
                {
                    fleet.offers.Add((offer.Header.Round, agent));
                }

                return agent == Held && offer.Header.Round == fleet.hold.Round ? fleet.hold.Gate.Task.WaitAsync(stop) : Task.CompletedTask;
            });
        }

        return fleet;
    }

    /// <summary>Starts one more.</summary>
    public EdgeFloraProcess StartReplica(string state = "service", int port = 0)
    {
        string configuration = operated.Write(
            FormattableString.Invariant($"coordinator-{replicas.Count}.yaml"),
            $$"""
            store:
              url: postgres://{{database.User}}@{{database.Host}}:{{(port == 0 ? database.Port : port)}}/{{database.Database}}
              passwordFile: store.password
              lease: {{lease}}
              bodies: {{database.Bodies.ToString().ToLowerInvariant()}}
            """ + (database.S3 is not { } bucket ? "" :
            $$"""

            s3:
              endpoint: {{bucket.Endpoint}}
              bucket: {{bucket.Bucket}}
              prefix: {{bucket.Prefix}}
              accessKey: {{bucket.AccessKey}}
              secretKeyFile: {{bucket.SecretKeyFile}}
            """));
        string folder = In(database.SharesNoFolder ? FormattableString.Invariant($"{state}-{replicas.Count}") : state);
        SigningKeys.Give(new StoreOptions { StateFolder = folder });
        replicas.Add(EdgeFloraProcess.Start(
            broker, "coordinator", "--dev", "--listen", "http://127.0.0.1:0", "--state", folder, "--config", configuration));
        return replicas[^1];
    }

    /// <summary>Waits until a replica leads, and makes it the one that commands speak to.</summary>
    /// <param name="time">For which time since it was started.</param>
    public static async Task LeadsAsync(EdgeFloraProcess replica, int time = 1) =>
        await ServedFleet.OkAsync("context", "add", "here", (await replica.LineAsync("serving at ", time)).Split(' ', ',')[2]);

    /// <summary>Makes the standby the one that commands speak to, once it knows where the leader is.</summary>
    public async Task OperateThroughStandbyAsync()
    {
        await Standby.LineAsync("handing requests on to ");
        await ServedFleet.OkAsync("context", "add", "here", (await Standby.LineAsync("started at ")).Split(' ')[2]);
    }

    /// <summary>State folder of a replica that has its own.</summary>
    public string FolderOf(int replica) => In(FormattableString.Invariant($"service-{replica}"));

    public Task<string> SubmitAsync(string name) =>
        operated.SubmitAsync(name, "agents.min=3", "rounds.count=3", "retention.results=3");

    /// <summary>Submits a run and waits until its second round lacks but the result of <see cref="Held"/>.</summary>
    public async Task<string> SubmitAndHoldAsync(string name)
    {
        lock (offers)
        {
            offers.Clear();
        }

        hold = (2, new TaskCompletionSource());
        string run = await SubmitAsync(name);
        foreach (string agent in new[] { "a", "b" })
        {
            await Events.SeenAsync(happened => happened is { Kind: RunEventKind.ResultAccepted, Round: 2 }
                && happened.AgentId == agent && happened.RunId.ToString() == run);
        }

        return run;
    }

    public void LetGo() => hold.Gate.TrySetResult();

    /// <summary>So often each agent was asked to train in a round.</summary>
    public int Offers(int round, string agent)
    {
        lock (offers)
        {
            return offers.Count(offer => offer == (round, agent));
        }
    }

    /// <summary>Follows a run to its end and looks whether anything of it was lost or is there twice.</summary>
    /// <returns>The hashes of its rounds' commits.</returns>
    public async Task<string[]> CompletedAsync(string run)
    {
        (int code, string said, string error) = await ServedFleet.WatchAsync(run);
        Assert.True(code == 0, said + error + string.Join(" | ", replicas.SelectMany(replica => replica.Lines)));
        RunDetail over = await ServedFleet.ShowAsync(run);
        Assert.Equal(RunState.Completed, over.Summary.State);
        Assert.Equal([1, 2, 3], over.Rounds.Select(round => round.Round));
        Assert.All(over.Rounds, round => Assert.Equal(["a", "b", "c"], round.Figures!.Accepted.Order()));
        return [.. over.Rounds.Select(round => round.Figures!.CommitSha256!)];
    }

    public async ValueTask DisposeAsync()
    {
        LetGo();
        await agents.DisposeAsync();
        foreach (EdgeFloraProcess replica in replicas)
        {
            await replica.DisposeAsync();
        }

        await operated.DisposeAsync();
    }
}
