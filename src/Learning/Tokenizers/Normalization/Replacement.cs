using System.Text;
using EdgeFlora.Learning.Tokenizers.PreTokenization;

namespace EdgeFlora.Learning.Tokenizers.Normalization;

/// <summary>Puts one text in place of others.</summary>
internal static class Replacement
{
    /// <summary>The text with <paramref name="content"/> for every place that is found.</summary>
    public static string Of(string text, Delimiters find, string content)
    {
        var replaced = new StringBuilder(text.Length);
        int at = 0;
        if (text.Length > 0)
        {
            foreach ((int start, int length) in find(text))
            {
                replaced.Append(text, at, start - at).Append(content);
                at = start + length;
            }
        }

        return replaced.Append(text, at, text.Length - at).ToString();
    }
}
