using EdgeFlora.Learning.Tokenizers.Added;

namespace EdgeFlora.Learning.Tokenizers.Folders;

/// <summary>The <c>added_tokens</c> of <c>tokenizer.json</c>.</summary>
internal static class AddedTokensJson
{
    /// <summary>Longer ones would make looking for them slow; published ones have some dozens.</summary>
    private const int MaxLength = 256;

    public static List<AddedToken> Read(JsonComponent? json)
    {
        List<AddedToken> tokens = [];
        var contents = new HashSet<string>(StringComparer.Ordinal);
        var ids = new HashSet<int>();
        foreach (JsonComponent item in json?.Items() ?? [])
        {
            string content = item.Text("content");
            if (content.Length is 0 or > MaxLength || !contents.Add(content))
            {
                throw item.Child("content").Wrong($"a text of its own, of 1 … {MaxLength} characters");
            }

            int id = item.Count("id");
            if (id >= Vocabulary.MaxTokens || !ids.Add(id))
            {
                throw item.Child("id").Wrong($"an id of its own, below {Vocabulary.MaxTokens:N0}");
            }

            bool special = item.Flag("special", absent: false);
            tokens.Add(new AddedToken(
                id,
                content,
                item.Flag("single_word", absent: false),
                item.Flag("lstrip", absent: false),
                item.Flag("rstrip", absent: false),
                item.Flag("normalized", absent: !special),
                special));
        }

        return tokens;
    }
}
