using System.CommandLine;

namespace EdgeFlora.Cli.CommandLine;

/// <summary><c>--special-tokens</c>: how special tokens are read that are written in texts.</summary>
internal static class SpecialTokensOption
{
    public const string Name = "--special-tokens";

    private const string Auto = "auto";
    private const string Tokens = "tokens";
    private const string Text = "text";

    public static Option<string> Create() => Ranged.Choice(
        Name,
        "How special tokens such as <|im_start|> are read that are written in texts: as the tokens they name, or as ordinary text; "
            + "auto reads tokens for lm, text otherwise",
        [Auto, Tokens, Text],
        Auto);

    /// <summary>Whether they are the tokens they name.</summary>
    /// <param name="chosen">The option's value.</param>
    /// <param name="language">Whether a language model is learnt or measured.</param>
    public static bool Matched(string chosen, bool language) => chosen == Tokens || (chosen == Auto && language);

    /// <summary>What to tell about special tokens that are read as ordinary text.</summary>
    /// <param name="count">How many there are in the texts.</param>
    public static string Warning(int count) =>
        $"warning: {count:N0} special token{(count == 1 ? " is" : "s are")} written in the texts and read as ordinary text; "
            + $"{Name} {Tokens} reads them as the tokens they name";
}
