using System.CommandLine;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Commands.Coordinator;
using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Cli.Tests.Commands.Coordinator;

public sealed class PrivacyArgumentsTests
{
    [Fact]
    public void Without_options_a_run_is_not_private() => Assert.Null(Parse());

    [Fact]
    public void What_fixes_the_guarantee_is_given_and_the_rest_has_defaults() =>
        Assert.Equal(
            new PrivacyRunOptions { NoiseMultiplier = 1.1, ClipNorm = 0.5, Budget = 8 },
            Parse("--dp-noise", "1.1", "--dp-clip", "0.5", "--dp-budget", "8"));

    [Fact]
    public void Every_option_reaches_its_setting() =>
        Assert.Equal(
            new PrivacyRunOptions { NoiseMultiplier = 2, ClipNorm = 3, Budget = 4, Delta = 1e-6, SamplingRate = 0.25 },
            Parse("--dp-noise", "2", "--dp-clip", "3", "--dp-budget", "4", "--dp-delta", "1e-6", "--dp-sampling", "0.25"));

    [Theory]
    [InlineData(
        "--dp-clip is given without --dp-noise, so the run would not be private; give --dp-noise above 0 as well, or leave --dp-clip out",
        "--dp-clip",
        "1")]
    [InlineData("--dp-sampling is given without --dp-noise", "--dp-sampling", "0.5")]
    [InlineData("--dp-noise is given without --dp-clip; a private run needs it, above 0", "--dp-noise", "1", "--dp-budget", "8")]
    [InlineData("--dp-noise is given without --dp-budget", "--dp-noise", "1", "--dp-clip", "1")]
    public void Half_a_set_of_options_is_refused(string start, params string[] line) =>
        Assert.StartsWith(start, Assert.Throws<InputException>(() => Parse(line)).Message, StringComparison.Ordinal);

    private static PrivacyRunOptions? Parse(params string[] line)
    {
        var arguments = new PrivacyArguments();
        var command = new Command("coordinator");
        foreach (Option option in arguments.All)
        {
            command.Options.Add(option);
        }

        ParseResult parsed = command.Parse(line);
        Assert.Empty(parsed.Errors);
        return arguments.Read(parsed);
    }
}
