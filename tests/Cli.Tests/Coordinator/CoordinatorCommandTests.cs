using System.CommandLine;
using EdgeFlora.Aggregation;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Coordinator;
using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Cli.Tests.Coordinator;

public sealed class CoordinatorCommandTests
{
    [Fact]
    public void Without_options_a_run_is_the_usual_one()
    {
        CoordinatorSettings settings = Parse();

        Assert.Equal(new RoundOptions { Count = 5 }, settings.Run.Rounds with { ExpectedAgents = new RoundOptions().ExpectedAgents });
        Assert.Equal(new TrainingOptions(), settings.Run.Training);
        Assert.Null(settings.Run.Privacy);
        Assert.Equal(7ul, settings.Run.Seed);
        Assert.Equal(7ul, settings.Run.Aggregation.Seed);
        Assert.Equal(Path.Combine("coordinator-state", "coordinator.log"), settings.LogFile);
        settings.Run.Validate();
    }

    [Fact]
    public void A_run_is_made_private()
    {
        CoordinatorOptions run = Parse("--strategy", "FfaLora", "--dp-noise", "1", "--dp-clip", "0.5", "--dp-budget", "8").Run;

        Assert.Equal(new PrivacyRunOptions { NoiseMultiplier = 1, ClipNorm = 0.5, Budget = 8 }, run.Privacy);
        run.Validate();
    }

    [Fact]
    public void Strategies_are_chosen_for_modules_by_pattern_in_any_letter_case()
    {
        AggregationOptions chosen = Parse("--strategy", "fedit", "--strategy-for", "*.value=FEDEXLORA", "--strategy-for", "*=RoLora").Run.Aggregation;

        Assert.Equal("FedIT", chosen.Strategy);
        Assert.Equal([new ModuleStrategy("*.value", "FedExLora"), new ModuleStrategy("*", "RoLora")], chosen.ModuleStrategies);
    }

    [Theory]
    [InlineData("*.value")]
    [InlineData("=FedIT")]
    [InlineData("*.value=FedX")]
    public void A_pattern_without_a_strategy_is_refused(string text)
    {
        var refusal = Assert.Throws<InputException>(() => Parse("--strategy-for", text));

        Assert.StartsWith($"--strategy-for is '{text}'; it must be PATTERN=NAME", refusal.Message, StringComparison.Ordinal);
    }

    private static CoordinatorSettings Parse(params string[] arguments)
    {
        var command = new CoordinatorCommand();
        ParseResult parsed = command.Parse(["--labels", "a,b", .. arguments]);
        Assert.Empty(parsed.Errors);
        return command.Settings(parsed);
    }
}
