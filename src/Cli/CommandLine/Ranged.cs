using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace EdgeFlora.Cli.CommandLine;

/// <summary>Options whose help states unit, range and default, and whose errors say what would be right.</summary>
internal static class Ranged
{
    /// <summary>A number within [<paramref name="min"/>, <paramref name="max"/>].</summary>
    /// <param name="unit">What is counted: <c>agents</c>, <c>rounds</c>.</param>
    public static Option<T> Number<T>(string name, string purpose, string unit, T min, T max, T standard)
        where T : struct, INumber<T>
    {
        string range = string.Create(CultureInfo.InvariantCulture, $"{min} … {max}{(unit.Length > 0 ? " " + unit : "")}");
        return new Option<T>(name)
        {
            Description = $"{purpose} ({range})",
            HelpName = "N",
            DefaultValueFactory = _ => standard,
            CustomParser = result =>
            {
                string text = OnlyToken(result, range);
                if (text.Length > 0
                    && T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out T value)
                    && value >= min
                    && value <= max)
                {
                    return value;
                }

                if (text.Length > 0)
                {
                    result.AddError($"{AsWritten(result)} is '{text}'; it must be {range}");
                }

                return standard;
            },
        };
    }

    /// <summary>One of a fixed list of names; letter case does not matter, the listed spelling is what comes out.</summary>
    public static Option<string> Choice(string name, string purpose, IReadOnlyList<string> choices, string standard)
    {
        string listed = string.Join(", ", choices);
        return new Option<string>(name)
        {
            Description = $"{purpose}: {listed}",
            HelpName = "NAME",
            DefaultValueFactory = _ => standard,
            CustomParser = result =>
            {
                string text = OnlyToken(result, $"one of {listed}");
                string? match = choices.FirstOrDefault(choice => choice.Equals(text, StringComparison.OrdinalIgnoreCase));
                if (match is null && text.Length > 0)
                {
                    result.AddError($"{AsWritten(result)} is '{text}'; it must be one of {listed}");
                }

                return match ?? standard;
            },
        };
    }

    private static string OnlyToken(ArgumentResult result, string right)
    {
        if (result.Tokens.Count == 1 && result.Tokens[0].Value.Trim().Length > 0)
        {
            return result.Tokens[0].Value;
        }

        result.AddError($"{AsWritten(result)} needs one value: {right}");
        return "";
    }

    /// <summary>The option's name, or that other name of it which the command line has.</summary>
    private static string AsWritten(ArgumentResult result) =>
        result.Parent is OptionResult option ? option.IdentifierToken?.Value ?? option.Option.Name : "";
}
