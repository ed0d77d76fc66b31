using EdgeFlora.Containers.Tests.Given;
using EdgeFlora.Testing;
using EdgeFlora.Testing.Containers;

namespace EdgeFlora.Containers.Tests;

/// <summary>Runs in containers of the images that <c>compose.yaml</c> builds.</summary>
public sealed class RunTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>
    /// Three ways to train in one run: the portable engine, libtorch, and the owner's program in Python. A stranger does not disturb it.
    /// </summary>
    [Fact]
    public async Task Agents_of_all_three_kinds_of_engine_train_one_adapter_and_one_with_a_wrong_password_is_told_so()
    {
        PythonSystem.Require();
        await using Fleet fleet = await Fleet.StartAsync(f => f
            .Agents(1)
            .Agent("torch", torch =>
            {
                torch.Image = Images.TorchAgent;
                torch.Arguments = ["--engine", "torch", "--device", "cpu"];
            })
            .Agent("command", PythonSystem.Train));
        ContainerMember stranger = fleet.Platform.Agent("stranger", fleet.Platform.Settings(password: "wrong"));

        await stranger.StartAsync(Stop);
        FederationResult result = await fleet.CompleteAsync();

        Assert.Equal([["agent-1", "command", "torch"], ["agent-1", "command", "torch"]], result.Ledger.Select(round => round.Figures!.Accepted));
        Assert.Contains("engine torch on cpu", await fleet.Agent("torch").LogAsync(), StringComparison.Ordinal);
        Assert.Contains("engine command: /usr/bin/python3", await fleet.Agent("command").LogAsync(), StringComparison.Ordinal);
        Assert.True(result.Adapter.ParameterCount > 2_500, $"The adapter has {result.Adapter.ParameterCount} parameters.");
        Assert.Equal(2, await stranger.Program.ExitAsync(Stop));
        string said = await stranger.Program.LineAsync("^edgeflora agent: ", Stop);
        Assert.Contains("password", said, StringComparison.Ordinal);
        Assert.DoesNotContain(":wrong@", said, StringComparison.Ordinal);
    }
}
