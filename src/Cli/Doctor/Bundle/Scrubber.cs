using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace EdgeFlora.Cli.Doctor.Bundle;

/// <summary>Takes secrets out of texts: those that are known here, and whatever looks like one.</summary>
/// <param name="secrets">Passwords, tokens and keys, as they are.</param>
internal sealed partial class Scrubber(IEnumerable<string> secrets)
{
    public const string Hidden = "(hidden)";

    /// <summary>Shorter ones stand in every text by chance.</summary>
    private const int Shortest = 4;

    private readonly string[] known =
    [
        .. secrets.Where(secret => secret.Length >= Shortest)
            .SelectMany(Spellings)
            .Distinct(StringComparer.Ordinal).OrderByDescending(secret => secret.Length),
    ];

    /// <summary>The text with <see cref="Hidden"/> in place of each secret.</summary>
    public string Scrub(string text)
    {
        foreach (string secret in known)
        {
            text = text.Replace(secret, Hidden, StringComparison.Ordinal);
        }

        text = PrivateKey().Replace(text, Hidden);
        text = OfUrl().Replace(text, Hidden);
        text = OurToken().Replace(text, Hidden);
        text = Header().Replace(text, match => match.Groups["name"].Value + Hidden);
        return Named().Replace(text, match => $"{match.Groups["name"].Value}{match.Groups["quote"].Value}{Hidden}{match.Groups["quote"].Value}");
    }

    /// <summary>As it is, in a URL, and in JSON as one writer or another escapes it.</summary>
    private static IEnumerable<string> Spellings(string secret) =>
    [
        secret,
        Uri.EscapeDataString(secret),
        JsonEncodedText.Encode(secret).ToString(),
        JsonEncodedText.Encode(secret, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString(),
    ];

    [GeneratedRegex("-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)", RegexOptions.Singleline)]
    private static partial Regex PrivateKey();

    /// <summary>What stands between user and host.</summary>
    [GeneratedRegex(@"(?<=[a-z]://[^/\s:@]{0,200}:)[^\s""]+(?=@)")]
    private static partial Regex OfUrl();

    /// <summary>Operator and agent tokens of EdgeFlora.</summary>
    [GeneratedRegex(@"\bef[oa]_[A-Za-z0-9_\-]{8,}")]
    private static partial Regex OurToken();

    [GeneratedRegex("""(?<name>\b(?:proxy-)?authorization\b\\?["']?\s*[:=]\s*\\?["']?(?:basic |bearer )?)[^\s"',;}]+""", RegexOptions.IgnoreCase)]
    private static partial Regex Header();

    [GeneratedRegex(
        """(?<name>\b[\w.-]*(?:password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key)\b\\?["']?\s*[:=]\s*)"""
            + """(?:(?<quote>\\?["']).*?\k<quote>|[^\s,;}&"']+)""",
        RegexOptions.IgnoreCase)]
    private static partial Regex Named();
}
