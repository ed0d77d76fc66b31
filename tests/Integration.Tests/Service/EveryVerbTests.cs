using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Cli;
using EdgeFlora.Cli.Client;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Integration.Tests.Given;

namespace EdgeFlora.Integration.Tests.Service;

/// <summary>Every verb of an operator against a real service: over TLS, with a token, a broker that makes users, and enrolled agents.</summary>
public sealed class EveryVerbTests(ManagedBroker managed) : IClassFixture<ManagedBroker>, IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private readonly HashSet<string> tried = new(StringComparer.Ordinal);
    private readonly List<EdgeFloraProcess> processes = [];

    public async ValueTask InitializeAsync()
    {
        Environment.SetEnvironmentVariable(ContextFile.Variable, folder.In("contexts.json"));
        string[] rows = [.. Enumerable.Range(0, 8).Select(i => i < 4
            ? """{"text": "opens a file", "label": "files"}"""
            : """{"text": "opens a socket", "label": "network"}""")];
        File.WriteAllLines(folder.In("data.jsonl"), rows);
        File.WriteAllText(folder.In("coordinator.yaml"), $$"""
            state: service
            api: {listen: 'https://127.0.0.1:0'}
            broker: {management: '{{managed.Broker.Management.OriginalString}}'}
            """);
        EdgeFloraProcess service = Start(managed.Broker.Url("fleet"), "coordinator", "--config", folder.In("coordinator.yaml"));
        string[] add = (await service.LineAsync("  edgeflora context add NAME ")).Trim().Split(' ');
        Assert.StartsWith("https://", add[4], StringComparison.Ordinal);
        await ServedFleet.OkAsync(["context", "add", "here", .. add[4..]]);
    }

    public async ValueTask DisposeAsync()
    {
        Environment.SetEnvironmentVariable(ContextFile.Variable, null);
        foreach (EdgeFloraProcess process in Enumerable.Reverse(processes))
        {
            await process.DisposeAsync();
        }

        folder.Dispose();
    }

    [Fact]
    public async Task Every_verb_is_obeyed()
    {
        await TokensAsync();
        await ModelsAsync();
        await EnrolAsync("one", "two");
        await AgentsAsync();
        string run = await RunsAsync();
        await ForkAndDeleteAsync(run);
        await EndMembershipAsync();

        Assert.Equal(Verbs(EdgeFloraCommand.Create(), ""), tried.Order(StringComparer.Ordinal));
    }

    private async Task TokensAsync()
    {
        string secret = (await DoAsync("tokens", "create", "ci", "--role", "view")).Trim();
        Assert.Contains("ci", await DoAsync("tokens", "ls"), StringComparison.Ordinal);
        Assert.DoesNotContain(secret, await DoAsync("tokens", "ls", "--json"), StringComparison.Ordinal);
        Assert.Equal("revoked ci\n", await DoAsync("tokens", "revoke", "ci"));
    }

    private async Task ModelsAsync()
    {
        RandomBert.Write(folder.In("spare"));
        Assert.Contains("spare", await DoAsync("models", "add", folder.In("spare")), StringComparison.Ordinal);
        string listed = await DoAsync("models", "ls");
        Assert.Contains("edgeflora-doc-bert", listed, StringComparison.Ordinal);
        Assert.Contains("spare", listed, StringComparison.Ordinal);
        await DoAsync("models", "rm", "spare");
        Assert.DoesNotContain("spare", await DoAsync("models", "ls"), StringComparison.Ordinal);
    }

    private async Task EnrolAsync(params string[] names)
    {
        string[] enroll = (await DoAsync("tokens", "create", "--agent", "--uses", "2")).Trim().Split(' ')[1..];
        foreach (string name in names)
        {
            await ServedFleet.OkAsync([.. enroll, "--name", name, "--state", folder.In(name)]);
            EdgeFloraProcess agent = Start(
                null, "agent", "run", "--name", name, "--state", folder.In(name), "--data", folder.In("data.jsonl"), "--no-measure", "--engine",
                "portable");
            await agent.LineAsync($"agent {name}: idle");
        }
    }

    private async Task AgentsAsync()
    {
        string shown = await DoAsync("agents", "show", "one");
        Assert.Contains("owner allows  1 thread, any hour", shown, StringComparison.Ordinal);
        Assert.Contains("models        edgeflora-doc-bert (", shown, StringComparison.Ordinal);
        Assert.Contains("gpu=yes", await DoAsync("agents", "label", "one", "gpu=yes"), StringComparison.Ordinal);
        (string Verb, string Standing)[] steps = [("drain", "Draining"), ("quarantine", "Quarantined"), ("release", "Active")];
        foreach ((string verb, string standing) in steps)
        {
            Assert.Contains(standing, await DoAsync("agents", verb, "one"), StringComparison.Ordinal);
        }

        Assert.Contains("two", await DoAsync("agents", "ls"), StringComparison.Ordinal);
        Assert.StartsWith("one ", await DoAsync("agents", "log", "one"), StringComparison.Ordinal);
        Assert.Contains("  2       2  ", await DoAsync("agents", "versions"), StringComparison.Ordinal);
    }

    /// <returns>Id of a run that is complete.</returns>
    private async Task<string> RunsAsync()
    {
        string run = await SubmitAsync("held", "agents.min=2", "retention.results=2");
        string waiting = await SubmitAsync("waiting", "agents.min=9");
        Assert.Contains("Paused", await DoAsync("runs", "pause", waiting, "--reason", "not yet"), StringComparison.Ordinal);
        Assert.StartsWith($"changed {waiting}", await DoAsync("runs", "set", waiting, "priority=3"), StringComparison.Ordinal);
        Assert.Contains("Queued", await DoAsync("runs", "resume", waiting), StringComparison.Ordinal);
        Assert.Contains("priority 3", await DoAsync("runs", "show", waiting), StringComparison.Ordinal);
        await RolloutsAsync(waiting);
        Assert.Contains("Cancelled", await DoAsync("runs", "cancel", waiting), StringComparison.Ordinal);
        Assert.EndsWith(" held: Completed\n", await DoAsync("runs", "watch", run), StringComparison.Ordinal);
        Assert.Contains("; strategy Auto would have had ", await DoAsync("runs", "show", run), StringComparison.Ordinal);
        Assert.Contains("Completed  2 of 2", await DoAsync("runs", "ls"), StringComparison.Ordinal);
        Assert.Contains("round 2: committed", await DoAsync("events"), StringComparison.Ordinal);
        Assert.Equal($"deleted {waiting}\n", await DoAsync("runs", "delete", waiting));
        return run;
    }

    private async Task RolloutsAsync(string run)
    {
        string[] create = ["rollouts", "create", run, "--set", "training.steps=3", "--rounds", "1", "--share", "0.5"];
        Assert.Contains("under way", await DoAsync(create), StringComparison.Ordinal);
        Assert.Contains("withdrawn: by ", await DoAsync("rollouts", "withdraw", run, "--reason", "later"), StringComparison.Ordinal);
        await DoAsync(create);
        Assert.Contains("finished, all agents have it: by ", await DoAsync("rollouts", "finish", run), StringComparison.Ordinal);
        Assert.Contains("2  training.steps=3: finished", await DoAsync("rollouts", "ls", run), StringComparison.Ordinal);
    }

    private async Task ForkAndDeleteAsync(string run)
    {
        await DoAsync("adapter", "key", "--out", folder.In("service.pem"));
        Assert.Contains("2 results merged again, the same bytes came of it", await DoAsync("runs", "verify", run), StringComparison.Ordinal);
        await DoAsync("runs", "report", run, "--out", folder.In("report.html"));
        string page = await File.ReadAllTextAsync(folder.In("report.html"), TestContext.Current.CancellationToken);
        Assert.Contains("held", page, StringComparison.Ordinal);
        await DoAsync("runs", "export", run, "--out", folder.In("exported"));
        Assert.Equal(["files", "network"], PeftFolder.ReadLabels(folder.In("exported/adapter"))!);
        Assert.Contains(
            "every file is as it was signed",
            await ServedFleet.OkAsync("adapter", "verify", folder.In("exported/adapter"), "--key", folder.In("service.pem")),
            StringComparison.Ordinal);
        string forked = Id(await DoAsync("runs", "fork", run, "--from-round", "1", "--set", "rounds.count=1", "--json"));
        Assert.EndsWith(": Completed\n", await DoAsync("runs", "watch", forked), StringComparison.Ordinal);
        Assert.Equal($"deleted {run}\n", await DoAsync("runs", "delete", run));
    }

    private async Task EndMembershipAsync()
    {
        Assert.Contains("--name one", await DoAsync("agents", "rotate", "one"), StringComparison.Ordinal);
        Assert.Contains("Revoked", await DoAsync("agents", "revoke", "two", "--reason", "sold"), StringComparison.Ordinal);
    }

    private async Task<string> SubmitAsync(string name, params string[] settings)
    {
        File.WriteAllText(folder.In("spec.yaml"), ServedFleet.Spec);
        string[] set = [.. settings.Append($"name={name}").SelectMany(setting => new[] { "--set", setting })];
        return Id(await DoAsync(["runs", "submit", folder.In("spec.yaml"), "--json", .. set]));
    }

    private async Task<string> DoAsync(params string[] command)
    {
        string output = await ServedFleet.OkAsync(command);
        ParseResult parsed = EdgeFloraCommand.Create().Parse(command);
        List<string> path = [];
        for (SymbolResult? result = parsed.CommandResult; result is CommandResult at; result = at.Parent)
        {
            path.Insert(0, at.Command.Name);
        }

        tried.Add(string.Join(' ', path.Skip(1)));
        return output;
    }

    private EdgeFloraProcess Start(string? broker, params string[] arguments)
    {
        processes.Add(EdgeFloraProcess.Start(broker, arguments));
        return processes[^1];
    }

    /// <summary>All commands that speak to a service, as they are typed.</summary>
    private static IEnumerable<string> Verbs(Command command, string above) => command.Subcommands
        .SelectMany(below => below is ServiceCommand ? [$"{above}{below.Name}"] : Verbs(below, $"{above}{below.Name} "))
        .Order(StringComparer.Ordinal);

    private static string Id(string detail) => JsonSerializer.Deserialize<RunDetail>(detail, ApiJson.Options)!.Summary.Id.ToString();
}
