using System.Text.Json;
using EdgeFlora.Cli.Tests;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Integration.Tests.Brokers;

namespace EdgeFlora.Integration.Tests.Service;

/// <summary>A device of another architecture in one run with this one: the program for linux-arm64 under qemu.</summary>
public sealed class Arm64AgentTests(ManagedBroker managed) : IClassFixture<ManagedBroker>
{
    private const int EnrolmentTries = 4;

    [Fact]
    public async Task A_device_with_arm64_enrols_trains_beside_one_with_x64_and_goes_on_after_a_kill()
    {
        Arm64Program.Require();
        await using EnrolledFleet fleet = await EnrolledFleet.StartAsync(
            managed.Broker.Url("enrolment"), $"management: '{managed.Broker.Management.OriginalString}'");
        await fleet.EnrolAsync("x64");
        await fleet.Agent("x64").LineAsync("agent x64: idle");
        await EnrolAsync(fleet);
        await using var agent = new Arm64Agent(fleet.AgentArguments("arm64"));
        string run = await SubmitAsync(fleet);
        await LimitedWait.UntilAsync(
            () => Directory.EnumerateFiles(fleet.In("arm64"), "checkpoint", SearchOption.AllDirectories).Any(), () => agent.Said);

        await agent.KillAsync();

        (int code, string said, string error) = await CommandRunner.RunAsync("runs", "watch", run).InTimeAsync(() => agent.Said);
        Assert.True(code == 0, said + error + agent.Said);
        RunDetail over = await ServedFleet.ShowAsync(run);
        Assert.Equal(["arm64", "x64"], Assert.Single(over.Rounds).Figures!.Accepted.Order());
        Assert.Contains("goes on from step", AgentLog.Of(fleet.In("arm64")), StringComparison.Ordinal);
        Assert.EndsWith("arm64", (await EnrolledFleet.ShowAsync("arm64")).Summary.Platform, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>As its owner would: once more where the emulator broke off.</summary>
    private static async Task EnrolAsync(EnrolledFleet fleet)
    {
        var said = new List<string>();
        for (int i = 0; i < EnrolmentTries; i++)
        {
            string[] enroll = [.. await EnrolledFleet.TokenAsync(), "--name", "arm64", "--state", fleet.In("arm64")];
            await using EdgeFloraProcess enrolling = EdgeFloraProcess.StartOnArm64(enroll, stopsWithInput: false);
            if (await enrolling.EndAsync() == 0)
            {
                return;
            }

            said.AddRange(enrolling.Lines);
        }

        Assert.Fail(string.Join('\n', said));
    }

    /// <summary>A round that needs both agents, with steps enough that one of them can be killed in between.</summary>
    private static async Task<string> SubmitAsync(EnrolledFleet fleet)
    {
        string[] settings = ["agents.min=2", "agents.quorum=1", "rounds.count=1", "training.steps=12", "deadlines.stragglers=1h"];
        string output = await ServedFleet.OkAsync(
            ["runs", "submit", fleet.In("spec.yaml"), "--json", .. settings.SelectMany(setting => new[] { "--set", setting })]);
        return JsonSerializer.Deserialize<RunDetail>(output, ApiJson.Options)!.Summary.Id.ToString();
    }
}
