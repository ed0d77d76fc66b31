using EdgeFlora.Learning.Tokenizers.Folders;

namespace EdgeFlora.Learning.Tokenizers;

/// <summary>The tokenizer of a model folder.</summary>
public static class TokenizerFolder
{
    /// <summary>
    /// Reads the first of these that the folder has: <c>tokenizer.json</c>, <c>vocab.txt</c> (BERT), <c>vocab.json</c> with <c>merges.txt</c> (GPT-2,
    /// RoBERTa), <c>vocab.tsv</c> (llama2.c, Universal Sentence Encoder Lite).
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="matchSpecial">
    /// Whether special tokens that are written in a text are those tokens (<see cref="ITokenizer.WithSpecialTokens"/> tells otherwise later). By
    /// default they are ordinary text, so that data cannot inject them; a prompt that is written with them needs true.
    /// </param>
    /// <exception cref="InvalidDataException">
    /// A file is missing, broken or describes what is not supported; the message names file and component.
    /// </exception>
    public static ITokenizer Load(string folder, bool matchSpecial = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        using var config = TokenizerConfig.Read(folder);
        config.RequireSupported();
        if (Has("tokenizer.json"))
        {
            return TokenizerText.Naming(In("tokenizer.json"), path => TokenizerJsonFile.Read(path, config, matchSpecial));
        }

        if (Has("vocab.txt"))
        {
            config.RequireBert();
            return TokenizerText.Naming(In("vocab.txt"), path => WordPieceFolder.Read(path, config, matchSpecial));
        }

        if (Has("vocab.json") && Has("merges.txt"))
        {
            return Gpt2Files.Read(In("vocab.json"), In("merges.txt"), config, matchSpecial);
        }

        return Has("vocab.tsv")
            ? TokenizerText.Naming(In("vocab.tsv"), ScoredVocabularyFile.Read)
            : throw new InvalidDataException(
                $"{folder}: no tokenizer is there; it should have tokenizer.json, vocab.txt, vocab.json with merges.txt, or "
                + $"vocab.tsv{(Has("tokenizer.model") ? " (tokenizer.model alone is not supported)" : "")}.");

        string In(string name) => Path.Combine(folder, name);

        bool Has(string name) => File.Exists(In(name));
    }
}
