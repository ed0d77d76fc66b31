using System.CommandLine;
using EdgeFlora.Aggregation;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Coordinator;
using EdgeFlora.Contracts.Tasks;
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
        Assert.Equal(7ul, settings.Run.Seed);
        Assert.Equal(7ul, settings.Run.Aggregation.Seed);
        Assert.Equal(Path.Combine("coordinator-state", "coordinator.log"), settings.LogFile);
        settings.Run.Validate();
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

    [Fact]
    public void A_run_of_a_language_model_has_no_labels()
    {
        CoordinatorOptions options = ParseOnly("--task", "LM").Run;

        Assert.Equal(LearningTask.LanguageModel, options.Task);
        Assert.Empty(options.Labels);
        Assert.Equal(LearningTask.Classification, Parse().Run.Task);
    }

    [Theory]
    [InlineData("--labels is 'a,b', but --task is lm, which has no classes", "--task", "lm", "--labels", "a,b")]
    [InlineData("--labels is missing; classification needs the names of its classes")]
    public void Labels_that_do_not_go_with_the_task_are_refused(string why, params string[] arguments) =>
        Assert.StartsWith(why, Assert.Throws<InputException>(() => ParseOnly(arguments)).Message, StringComparison.Ordinal);

    private static CoordinatorSettings Parse(params string[] arguments) => ParseOnly(["--labels", "a,b", .. arguments]);

    private static CoordinatorSettings ParseOnly(params string[] arguments)
    {
        var command = new CoordinatorCommand();
        ParseResult parsed = command.Parse(arguments);
        Assert.Empty(parsed.Errors);
        return command.Settings(parsed);
    }
}
