using System.CommandLine;
using System.CommandLine.Parsing;

namespace EdgeFlora.Cli.CommandLine;

/// <summary>What was written on a command line, and what was left to its default.</summary>
internal static class ParsedOptions
{
    public static bool IsGiven(this ParseResult parsed, Option option) => parsed.GetResult(option) is OptionResult { Implicit: false };

    /// <exception cref="InputException">Both an option and one that it does not go with are given.</exception>
    public static void RefuseBoth(this ParseResult parsed, Option first, string reason, params Option[] others)
    {
        if (parsed.IsGiven(first) && others.FirstOrDefault(parsed.IsGiven) is { } other)
        {
            throw new InputException($"{other.Name} is given beside {first.Name}, {reason}");
        }
    }
}
