using System.CommandLine;
using EdgeFlora.Cli.Commands.Coordinator;
using EdgeFlora.Cli.Demo;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Cli.Tests.Demo;

public sealed class DemoArgumentsTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("edgeflora-demo-arguments-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void The_demo_learns_as_a_run_without_options_does()
    {
        CoordinatorOptions demo = Parse(Demo());
        CoordinatorOptions run = Parse("--labels", "a,b");

        Assert.Equal((run.Training.LearningRate, run.Training.LogitAdjustment), (demo.Training.LearningRate, demo.Training.LogitAdjustment));
        Assert.Equal(run.Aggregation.ServerRate, demo.Aggregation.ServerRate);
        Assert.Equal((3e-3, 1, 1.5), (RunDefaults.LearningRateOf(run.Task), RunDefaults.LogitAdjustmentOf(run.Task), run.Aggregation.ServerRate));
        Assert.Equal(DemoBudget.Plan(1, 1).LearningRate, RunDefaults.LearningRateOf(run.Task));
        Assert.Equal(DemoBudget.Plan(1, 1).LogitAdjustment, RunDefaults.LogitAdjustmentOf(run.Task));
    }

    [Fact]
    public void Private_runs_and_language_models_take_the_aggregate_itself()
    {
        CoordinatorOptions hidden = Parse("--labels", "a,b", "--strategy", "FfaLora", "--dp-noise", "1", "--dp-clip", "0.5", "--dp-budget", "8");

        Assert.Equal(1, hidden.Aggregation.ServerRate);
        Assert.Equal(
            (5e-4, 0.0), (RunDefaults.LearningRateOf(LearningTask.LanguageModel), RunDefaults.LogitAdjustmentOf(LearningTask.LanguageModel)));
    }

    private string[] Demo()
    {
        DemoFolder folder = DemoFolder.Take(Path.Combine(root, "run"));
        File.WriteAllLines(folder.LabelFile, ["a", "b"]);
        var options = new DemoOptions
        {
            Agents = 3,
            Rounds = 2,
            Strategy = "FloraNA",
            Alpha = 0.3,
            Rank = 8,
            Codec = "int8",
            Seed = 7,
            Broker = new BrokerOptions(),
            Out = folder.Root,
            Model = Parse("--labels", "a,b").BaseModelFolder,
            Calm = false,
        };
        return [.. new DemoArguments(options, folder, []).Coordinator().Skip(1)];
    }

    private static CoordinatorOptions Parse(params string[] arguments)
    {
        var command = new CoordinatorCommand();
        ParseResult parsed = command.Parse(arguments);
        Assert.Empty(parsed.Errors);
        return command.Settings(parsed).Run;
    }
}
