using System.CommandLine;
using System.Globalization;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.EdgeAgent.Options;

namespace EdgeFlora.Cli.Commands.Agent;

/// <summary>Faults to rehearse, as <c>nan:3</c>, <c>scale:4</c> or <c>slow:2:20</c>.</summary>
internal static class DrillOption
{
    private const string Form = "nan:ROUND, scale:ROUND or slow:ROUND:FACTOR";

    public static Option<string[]> Create() => new("--drill")
    {
        Description = $"Fault to rehearse, never in production: {Form}; may be given more than once",
        HelpName = "FAULT",
        Arity = ArgumentArity.OneOrMore,
    };

    /// <exception cref="InputException">A fault is not of the form.</exception>
    public static AgentDrill Parse(IEnumerable<string> faults)
    {
        var drill = new AgentDrill();
        foreach (string fault in faults)
        {
            drill = fault.Split(':') switch
            {
                ["nan", var round] => drill with { PoisonNaNRound = Number(fault, round, 10_000) },
                ["scale", var round] => drill with { PoisonScaleRound = Number(fault, round, 10_000) },
                ["slow", var round, var factor] =>
                    drill with { SlowRound = Number(fault, round, 10_000), SlowFactor = Number(fault, factor, 100_000) },
                _ => throw Wrong(fault),
            };
        }

        return drill;
    }

    private static int Number(string fault, string text, int max) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= 1 && number <= max
            ? number
            : throw Wrong(fault);

    private static InputException Wrong(string fault) => new($"--drill is '{fault}'; it must be {Form} with whole numbers from 1");
}
