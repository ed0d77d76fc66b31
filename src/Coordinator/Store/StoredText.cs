using System.Text;

namespace EdgeFlora.Coordinator.Store;

/// <summary>Text of others as every database can keep it: PostgreSQL keeps neither U+0000 nor half a surrogate pair.</summary>
internal static class StoredText
{
    private const char Replacement = '\uFFFD';

    /// <summary>The text with U+FFFD in place of what cannot be kept.</summary>
    public static string? Of(string? text)
    {
        if (text is null || !text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF') && !text.Contains('\0', StringComparison.Ordinal))
        {
            return text;
        }

        var kept = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            kept.Append(rune.Value == 0 ? Replacement.ToString() : rune.ToString());
        }

        return kept.ToString();
    }
}
