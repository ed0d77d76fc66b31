using System.Text;

namespace EdgeFlora.Learning.Tokenizers.Normalization;

/// <summary>The normalizer that <c>tokenizer.json</c> calls <c>Nmt</c>: no control characters, plain spaces for most white space.</summary>
internal static class NmtCleaning
{
    public static string Normalize(string text)
    {
        var cleaned = new StringBuilder(text.Length);
        foreach (char character in text)
        {
            if (character is not ((>= '\u0001' and <= '\u0008') or '\u000B' or (>= '\u000E' and <= '\u001F') or '\u007F' or '\u008F' or '\u009F'))
            {
                bool space = character is '\t' or '\n' or '\f' or '\r' or '\u1680' or (>= '\u200B' and <= '\u200F') or '\u2028' or '\u2029'
                    or '\u2581' or '\uFEFF' or '\uFFFD';
                cleaned.Append(space ? ' ' : character);
            }
        }

        return cleaned.ToString();
    }
}
