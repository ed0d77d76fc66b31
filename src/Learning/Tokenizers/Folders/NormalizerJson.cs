using EdgeFlora.Learning.Tokenizers.Normalization;
using EdgeFlora.Learning.Tokenizers.PreTokenization;

namespace EdgeFlora.Learning.Tokenizers.Folders;

/// <summary>The <c>normalizer</c> of <c>tokenizer.json</c>.</summary>
internal static class NormalizerJson
{
    private const string Supported =
        "Sequence, NFC, NFD, NFKC, NFKD, Nmt, Lowercase, StripAccents, Strip, Prepend, Replace, BertNormalizer, ByteLevel, Precompiled";

    /// <param name="json">The component; null leaves text as it is.</param>
    /// <param name="config">The files beside it, whose settings win over a BertNormalizer's that stands alone.</param>
    /// <exception cref="InvalidDataException">A setting is wrong or not supported; the message names it.</exception>
    public static Normalizer Read(JsonComponent? json, TokenizerConfig? config = null)
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
                return LetterCase.Lower;
            case "Nmt":
                return NmtCleaning.Normalize;
            case "ByteLevel":
                return ByteAlphabet.Write;
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
                BertNormalization written = Bert(component);
                BertNormalization bert = config?.Bert(written) ?? written;
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
        Delimiters find = PatternJson.Read(component.Child("pattern"));
        return text => Replacement.Of(text, find, content);
    }

    private static BertNormalization Bert(JsonComponent component)
    {
        bool lowercase = component.Flag("lowercase", absent: true);
        return new BertNormalization(
            lowercase,
            component.Flag("strip_accents", absent: lowercase),
            component.Flag("handle_chinese_chars", absent: true),
            component.Flag("clean_text", absent: true));
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
