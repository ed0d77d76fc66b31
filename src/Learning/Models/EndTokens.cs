using EdgeFlora.Learning.Tokenizers;

namespace EdgeFlora.Learning.Models;

/// <summary>
/// The tokens at which a model is done writing: the tokenizer's own, and those that <c>generation_config.json</c> and <c>config.json</c> name. Chat
/// models end an answer with another than a text.
/// </summary>
internal static class EndTokens
{
    private const string Setting = "eos_token_id";

    /// <summary>
    /// Ids that the vocabulary lacks are passed over: configurations carry their family's default along, and such a token is never written.
    /// </summary>
    /// <param name="config"><c>config.json</c>.</param>
    /// <param name="folder">Its folder, which may have a <c>generation_config.json</c>.</param>
    /// <exception cref="InvalidDataException">A file is broken, or the setting is neither a whole number nor a list of them.</exception>
    public static IReadOnlySet<int> Read(ConfigFile config, string folder, ITokenizer tokenizer)
    {
        string path = Path.Combine(folder, "generation_config.json");
        IEnumerable<int> named = config.IntegerOrList(Setting);
        if (File.Exists(path))
        {
            named = named.Concat(ConfigFile.Open(path).IntegerOrList(Setting));
        }

        return (tokenizer.Special.End is { } own ? named.Append(own) : named).Where(id => id >= 0 && id < tokenizer.VocabularySize).ToHashSet();
    }
}
