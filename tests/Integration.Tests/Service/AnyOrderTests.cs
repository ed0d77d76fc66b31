using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Integration.Tests.Brokers;

namespace EdgeFlora.Integration.Tests.Service;

/// <summary>The README's commands again and again, in the same folders, in any order, on agents that stay: every run trains.</summary>
public sealed class AnyOrderTests(BrokerFixture broker)
{
    private string Url => broker.Url("service");

    [Fact]
    public async Task A_service_a_coordinator_of_one_run_and_a_run_of_a_spec_follow_each_other_on_one_fleet()
    {
        await using var fleet = new ServedFleet(Url);

        // By their heartbeats agents that stay are found by whoever leads next: they shall come soon.
        string[] often = ["--config", fleet.Write("coordinator.yaml", "heartbeat: 5s\n")];
        await fleet.ServeAsync(often);
        await fleet.AgentsAsync("a", "b");
        await TrainsAsync(await fleet.SubmitAsync("first", "agents.quorum=1"), fleet);
        await fleet.Service.StopAsync();
        string spec = fleet.Write("spec.yaml", ServedFleet.Spec + "\ndeadlines: {lease: 25s}\n");
        string[] one = ["run", spec, "--state", fleet.In("run-state"), "--out", fleet.In("run-output")];

        // In the folder of the service, as the README's commands are where no other is named.
        string[] options =
        [
            "coordinator", "--labels", "files,network", "--state", fleet.In("service"), "--out", fleet.In("out"), "--rounds", "2", "--min-agents",
            "2", "--steps", "2", "--batch", "2", "--max-tokens", "12", "--lease-grace", "25",
        ];
        foreach (string[] command in (string[][])[options, one, options])
        {
            await using EdgeFloraProcess led = EdgeFloraProcess.Start(Url, command);
            int code = await led.EndAsync();
            Assert.True(code == ExitCode.Done, string.Join('\n', led.Lines));
            Assert.Contains(led.Lines, line => line.StartsWith("complete: 2 rounds; ", StringComparison.Ordinal));
        }

        await fleet.ServeAsync(often);
        await TrainsAsync(await fleet.SubmitAsync("first", "agents.quorum=1"), fleet);
        string[] list = (await ServedFleet.OkAsync("runs", "ls")).Split('\n');
        Assert.Equal(4, list.Count(line => line.Contains("  Completed  2 of 2", StringComparison.Ordinal)));
    }

    private static async Task TrainsAsync(string run, ServedFleet fleet)
    {
        (int code, string said, string error) = await ServedFleet.WatchAsync(run);
        Assert.True(code == 0, said + error + string.Join('\n', fleet.Service.Lines));
        RunDetail over = await ServedFleet.ShowAsync(run);
        Assert.Equal((RunState.Completed, 2, 2), (over.Summary.State, over.Summary.RoundsCommitted, over.Participants.Count));
    }
}
