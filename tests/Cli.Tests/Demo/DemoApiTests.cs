using System.Net.Http.Json;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Demo;
using EdgeFlora.Cli.Live;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Learning.Models;
using EdgeFlora.Transport.Buses;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.Cli.Tests.Demo;

/// <summary>The demo is on the same road as the service: its coordinator has an API and a dashboard while the rounds run.</summary>
public sealed class DemoApiTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("edgeflora-demo-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task The_coordinator_and_the_one_that_takes_over_serve_at_one_address()
    {
        DemoOptions options = Options();
        DemoFolder folder = Take(options);
        MessageBus bus = await BusFactory.StartAsync(options.Broker, TimeProvider.System, loggers: null, Stop);
        using var client = new HttpClient();
        await using (var fleet = new InProcessFleet(
            bus, new DemoArguments(options, folder, []), BaseModel.Load(options.Model), TimeProvider.System, NullLoggerFactory.Instance))
        {
            fleet.StartCoordinator();
            Uri address = (await fleet.ApiAsync().InTimeAsync())!;
            string page = await client.GetStringAsync(address, Stop);
            ServiceStatus first = await StatusAsync(client, address);
            var runs = await client.GetFromJsonAsync<Page<RunSummary>>(new Uri(address, "api/v1/runs"), ApiJson.Options, Stop);
            RunSummary run = Assert.Single(runs!.Items);

            await fleet.KillCoordinatorAsync();
            await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(address, Stop));
            fleet.StartCoordinator();
            ServiceStatus second = await StatusAsync(client, address);
            await client.PostAsync(new Uri(address, $"api/v1/runs/{run.Id}/cancel"), content: null, Stop);
            DemoFailedException cancelled = await Assert.ThrowsAsync<DemoFailedException>(() => fleet.Completion.InTimeAsync());

            Assert.Contains("<title>EdgeFlora", page, StringComparison.Ordinal);
            Assert.Equal("demo", run.Name);
            Assert.Equal((first.Term + 1, "the run was cancelled by its API or dashboard"), (second.Term, cancelled.Message));
        }

        await BusFactory.StopAsync(bus);
    }

    [Fact]
    public async Task A_demo_says_where_its_API_is_as_it_starts()
    {
        DemoOptions options = Options();
        DemoFolder folder = Take(options);
        await using var lines = new WatchedWriter();
        Task<string> said = lines.LineAsync("API and dashboard");
        await using RunDisplay display = RunDisplay.Plain(lines, RunView.Empty);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var federation = new Federation(options, folder, FaultScript.None, BaseModel.Load(options.Model), NullLoggerFactory.Instance);

        Task<double> running = federation.RunAsync(display, stopping.Token);
        await Task.WhenAny(said, running).InTimeAsync();
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);

        Assert.Matches(@"^API and dashboard while the rounds run: http://127\.0\.0\.1:\d+$", await said.InTimeAsync());
    }

    /// <summary>Asks until a service that is just starting is ready.</summary>
    private static async Task<ServiceStatus> StatusAsync(HttpClient client, Uri address)
    {
        while (true)
        {
            Stop.ThrowIfCancellationRequested();
            try
            {
                if (await client.GetFromJsonAsync<ServiceStatus>(new Uri(address, "api/v1/status"), ApiJson.Options, Stop) is { Ready: true } status)
                {
                    return status;
                }
            }
            catch (HttpRequestException)
            {
                // Not yet listening.
            }
        }
    }

    /// <summary>The demo's folder with two sentences in each file: its own are made of the SDK's documentation, which takes seconds.</summary>
    private static DemoFolder Take(DemoOptions options)
    {
        DemoFolder folder = DemoFolder.Take(options.Out);
        string[] rows = ["""{"text": "opens a file", "label": "files"}""", """{"text": "opens a socket", "label": "network"}"""];
        File.WriteAllLines(folder.LabelFile, ["files", "network"]);
        IEnumerable<string> ofAgents = options.AgentNames.SelectMany(name => new[] { folder.DataFile(name), folder.HeldOutFile(name) });
        foreach (string file in ofAgents.Append(folder.TestFile))
        {
            File.WriteAllLines(file, rows);
        }

        return folder;
    }

    private DemoOptions Options() => new()
    {
        Agents = 2,
        Rounds = 1,
        Strategy = "FloraNA",
        Alpha = 0.3,
        Rank = 2,
        Codec = "int8",
        Seed = 7,
        Broker = new BrokerOptions(),
        Out = Path.Combine(root, "fleet"),
        Model = ModelOption.EmbeddedFolder,
        Calm = true,
    };
}
