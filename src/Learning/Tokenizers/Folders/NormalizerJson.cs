using System.Text;
using EdgeFlora.Learning.Tokenizers.Normalization;
using EdgeFlora.Learning.Tokenizers.PreTokenization;

namespace EdgeFlora.Learning.Tokenizers.Folders;

/// <summary>The <c>normalizer</c> of <c>tokenizer.json</c>.</summary>
internal static class NormalizerJson
{
    private const string Supported = "Sequence, NFC, NFD, NFKC, NFKD, Lowercase, StripAccents, Strip, Prepend, Replace, BertNormalizer, Precompiled";

    /// <param name="json">The component; null leaves text as it is.</param>
    /// <exception cref="InvalidDataException">A setting is wrong or not supported; the message names it.</exception>
    public static Normalizer Read(JsonComponent? json)
    {
        if (json is not { } component)
        {
            return text => text;
        }

        switch (component.Type)
        {
            case "Sequence":
                Normalizer[] steps = [.. component.Child("normalizers").Items().Select(step => Read(step))];
                return text => steps.Aggregate(text, (current, step) => step(current));
            case "NFC":
                return text => UnicodeNormalization.Normalize(text, UnicodeForm.Nfc);
            case "NFD":
                return text => UnicodeNormalization.Normalize(text, UnicodeForm.Nfd);
            case "NFKC":
                return text => UnicodeNormalization.Normalize(text, UnicodeForm.Nfkc);
            case "NFKD":
                return text => UnicodeNormalization.Normalize(text, UnicodeForm.Nfkd);
            case "Lowercase":
                return text => text.ToLowerInvariant();
            case "StripAccents":
                return Accents.RemoveMarks;
            case "Strip":
                return Strip(component.Flag("strip_left", absent: true), component.Flag("strip_right", absent: true));
            case "Prepend":
                string prefix = component.Text("prepend");
                return text => text.Length == 0 ? text : prefix + text;
            case "Replace":
                return Replace(component);
            case "BertNormalizer":
                BertNormalization bert = Bert(component);
                return text => BertCleaning.Normalize(text, bert);
            case "Precompiled":
                return Map(component.Child("precompiled_charsmap")).Normalize;
            default:
                throw component.Unsupported(Supported);
        }
    }

    private static Normalizer Strip(bool left, bool right) => (left, right) switch
    {
        (true, true) => text => text.Trim(),
        (true, false) => text => text.TrimStart(),
        (false, true) => text => text.TrimEnd(),
        _ => text => text,
    };

    private static Normalizer Replace(JsonComponent component)
    {
        string content = component.Text("content");
        JsonComponent pattern = component.Child("pattern");
        if (pattern.TextOrNull("String") is { Length: > 0 } old)
        {
            return text => text.Replace(old, content, StringComparison.Ordinal);
        }

        TextPattern regex = PatternJson.Regex(pattern);
        return text => Replaced(text, regex, content);
    }

    private static string Replaced(string text, TextPattern pattern, string content)
    {
        var replaced = new StringBuilder(text.Length);
        int at = 0;
        foreach ((int start, int length) in pattern.Matches(text))
        {
            replaced.Append(text, at, start - at).Append(content);
            at = start + length;
        }

        return replaced.Append(text, at, text.Length - at).ToString();
    }

    private static BertNormalization Bert(JsonComponent component)
    {
        if (!component.Flag("clean_text", absent: true))
        {
            throw new InvalidDataException($"{component.Path}.clean_text is false; only true is supported.");
        }

        bool lowercase = component.Flag("lowercase", absent: true);
        return new BertNormalization(
            lowercase,
            component.Flag("strip_accents", absent: lowercase),
            component.Flag("handle_chinese_chars", absent: true));
    }

    private static CharacterMap Map(JsonComponent component)
    {
        if (!component.Element.TryGetBytesFromBase64(out byte[]? compiled))
        {
            throw component.Wrong("bytes in base 64");
        }

        try
        {
            return new CharacterMap(compiled);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{component.Path} {e.Message}", e);
        }
    }
}
