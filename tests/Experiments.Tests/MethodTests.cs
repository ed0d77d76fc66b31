using EdgeFlora.Aggregation;
using EdgeFlora.Aggregation.Strategies;
using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Experiments.Tests;

public sealed class MethodTests
{
    private static readonly AggregationOptions Common = new() { ServerRate = 1.5, ClipFactor = 2 };

    [Theory]
    [InlineData("FedIT", "FedIT", false, ServerStep.Fixed, 1.5, 0.0)]
    [InlineData("fedit+fixed=1", "FedIT", false, ServerStep.Fixed, 1.0, 0.0)]
    [InlineData("FloraNA:paper-literal", "FloraNA", true, ServerStep.Fixed, 1.5, 0.0)]
    [InlineData("OptimalRank+fedexp", "OptimalRank", false, ServerStep.FedExp, 1.0, 0.0)]
    [InlineData("OptimalRank+momentum", "OptimalRank", false, ServerStep.Momentum, 1.0, 0.5)]
    [InlineData("FloraNA+FedYogi=0.02", "FloraNA", false, ServerStep.FedYogi, 0.02, 0.9)]
    [InlineData("exact", "FloraStack", false, ServerStep.Fixed, 1.5, 0.0)]
    public void A_method_says_how_is_merged(string text, string strategy, bool literal, ServerStep step, double rate, double momentum)
    {
        Assert.True(Method.TryParse(text, out Method? method, out _));

        AggregationOptions options = method.Options(Common, seed: 5).Validated();

        Assert.Equal((strategy, literal, step), (options.Strategy, options.PaperLiteral, options.ServerStep));
        Assert.Equal((rate, momentum, 5UL, 2.0), (options.ServerRate, options.Momentum, options.Seed, options.ClipFactor));
    }

    [Theory]
    [InlineData("FedIT", 0.3, false)]
    [InlineData("FedIT:prox=0.01", 0.01, false)]
    [InlineData("FloraNA:paper-literal:personal-head:prox=2+fedexp", 2, true)]
    public void A_method_says_how_agents_train(string text, double proximal, bool personal)
    {
        Assert.True(Method.TryParse(text, out Method? method, out _));

        TrainingOptions options = method.Training(new TrainingOptions { Steps = 9, Proximal = 0.3 });

        Assert.Equal((9, proximal, personal), (options.Steps, options.Proximal, options.PersonalHead));
    }

    [Fact]
    public void Control_variates_come_with_the_gauge_in_which_they_mean_something()
    {
        Assert.True(Method.TryParse("FedIT:scaffold", out Method? method, out _));
        Assert.True(Method.TryParse("FedIT", out Method? plain, out _));

        Assert.True(method.Training(new TrainingOptions()).ControlVariates);
        Assert.Equal(Gauge.Anchored, method.Options(Common, seed: 5).Gauge);
        Assert.False(plain.Training(new TrainingOptions()).ControlVariates);
        Assert.Equal(Gauge.Principal, plain.Options(Common, seed: 5).Gauge);
    }

    [Fact]
    public void Heads_are_averaged_by_class_where_the_method_or_the_experiment_says_so()
    {
        Assert.True(Method.TryParse("FedIT:per-class-heads+fedexp", out Method? method, out _));
        Assert.True(Method.TryParse("FedIT+fedexp", out Method? plain, out _));

        Assert.True(method.Options(Common, seed: 5).PerClassHeads);
        Assert.False(plain.Options(Common, seed: 5).PerClassHeads);
        Assert.True(plain.Options(Common with { PerClassHeads = true }, seed: 5).PerClassHeads);
    }

    [Theory]
    [InlineData("FedID", "'FedID', and 'FedID' is no strategy")]
    [InlineData("FedIT+fast", "'FedIT+fast', and 'fast' is no server step")]
    [InlineData("FedIT+fixed=3", "'FedIT+fixed=3', and the rate '3' is no number above 0 … 2")]
    [InlineData("FedIT:prox=", "'FedIT:prox=', and the μ '' is no number above 0 … 1000")]
    [InlineData("FedIT:prox=0+fedexp", "'FedIT:prox=0+fedexp', and the μ '0' is no number above 0 … 1000")]
    [InlineData("FedIT:prox=1:prox=2", "'FedIT:prox=1:prox=2', and the μ '2' is no number above 0 … 1000")]
    [InlineData("FedIT:literal", "'FedIT:literal', and 'literal' is none of paper-literal, prox=μ, scaffold, personal-head and per-class-heads")]
    [InlineData("FedIT:per-class-heads:per-class-heads", "'FedIT:per-class-heads:per-class-heads', and 'per-class-heads' is none of paper-literal, "
        + "prox=μ, scaffold, personal-head and per-class-heads")]
    [InlineData("FedIT+fixed=", "'FedIT+fixed=', and the rate '' is no number above 0 … 2")]
    public void What_is_no_method_is_told(string text, string expected)
    {
        Assert.False(Method.TryParse(text, out _, out string? problem));

        Assert.Equal(expected, problem);
    }
}
