using System.Globalization;
using System.Text.Json;
using EdgeFlora.Learning.Tokenizers.Added;

namespace EdgeFlora.Learning.Tokenizers.Folders;

/// <summary>
/// Tokens that were added to a vocabulary: the <c>added_tokens</c> of <c>tokenizer.json</c>, <c>added_tokens.json</c>, and
/// <c>added_tokens_decoder</c> of <c>tokenizer_config.json</c>.
/// </summary>
internal static class AddedTokensJson
{
    /// <summary>Longer ones would make looking for them slow; published ones have some dozens.</summary>
    private const int MaxLength = 256;

    /// <param name="json">The <c>added_tokens</c> of <c>tokenizer.json</c>; null if there are none.</param>
    /// <param name="config">The files beside it.</param>
    /// <param name="vocabulary">Ids by piece of the model.</param>
    /// <param name="count">Tokens of the model.</param>
    /// <exception cref="InvalidDataException">A token is wrong, or its id is not the one that Hugging Face's tokenizers give it.</exception>
    public static List<AddedToken> Read(JsonComponent? json, TokenizerConfig config, IReadOnlyDictionary<string, int> vocabulary, int count)
    {
        var tokens = new List<AddedToken>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        int next = count;
        foreach (JsonComponent item in json?.Items() ?? [])
        {
            AddedToken token = Token(item, item.Count("id"), item.Child("id"));
            if (!known.Add(token.Content))
            {
                throw item.Child("content").Wrong("a text of its own");
            }

            Add(token, item.Child("id"));
        }

        var names = SpecialTokensJson.Names(config).ToHashSet(StringComparer.Ordinal);
        foreach ((AddedToken token, JsonComponent place) in Beside(config, names).OrderBy(token => token.Token.Id).Where(
            token => known.Add(token.Token.Content)))
        {
            Add(token, place);
        }

        return tokens;

        void Add(AddedToken token, JsonComponent place)
        {
            int expected = vocabulary.TryGetValue(token.Content, out int id) ? id : next++;
            tokens.Add(token.Id == expected
                ? token
                : throw new InvalidDataException($"{place.Path} gives the token \"{token.Content}\" the id {token.Id}; by the vocabulary and the "
                    + $"tokens before it, it should be {expected}."));
        }
    }

    private static AddedToken Token(JsonComponent item, int id, JsonComponent place)
    {
        string content = item.Text("content");
        if (content.Length is 0 or > MaxLength)
        {
            throw item.Child("content").Wrong($"a text of 1 … {MaxLength} characters");
        }

        bool special = item.Flag("special", absent: false);
        return new AddedToken(
            id < Vocabulary.MaxTokens ? id : throw place.Wrong($"an id below {Vocabulary.MaxTokens:N0}"),
            content,
            item.Flag("single_word", absent: false),
            item.Flag("lstrip", absent: false),
            item.Flag("rstrip", absent: false),
            item.Flag("normalized", absent: !special),
            special);
    }

    /// <summary>Tokens that the files beside the tokenizer add; <c>added_tokens.json</c> is older and counts where the other is missing.</summary>
    private static IEnumerable<(AddedToken Token, JsonComponent Place)> Beside(TokenizerConfig config, HashSet<string> special)
    {
        if (config.Settings?.Find("added_tokens_decoder") is { } decoder)
        {
            foreach (JsonProperty entry in Properties(decoder))
            {
                var place = new JsonComponent(entry.Value, $"{decoder.Path}.{entry.Name}");
                int id = int.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                    ? number
                    : throw decoder.Wrong("an object of id: token");
                AddedToken token = Token(place, id, place);
                yield return (token with { Special = token.Special || special.Contains(token.Content) }, place);
            }
        }
        else if (config.AddedTokens is { } added)
        {
            foreach (JsonProperty entry in Properties(added))
            {
                var place = new JsonComponent(entry.Value, $"{added.Path}: \"{entry.Name}\"");
                bool isSpecial = special.Contains(entry.Name);
                int id = place.AsCount();
                yield return entry.Name.Length is > 0 and <= MaxLength && id < Vocabulary.MaxTokens
                    ? (new AddedToken(id, entry.Name, false, false, false, Normalized: !isSpecial, isSpecial), place)
                    : throw place.Wrong($"an id below {Vocabulary.MaxTokens:N0}, of a token of 1 … {MaxLength} characters");
            }
        }
    }

    private static IEnumerable<JsonProperty> Properties(JsonComponent component) =>
        component.Element.ValueKind == JsonValueKind.Object ? component.Element.EnumerateObject() : throw component.Wrong("an object");
}
