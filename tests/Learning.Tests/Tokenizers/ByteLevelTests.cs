using System.Text;
using EdgeFlora.Learning.Tokenizers;

namespace EdgeFlora.Learning.Tests.Tokenizers;

/// <summary>Byte-level byte-pair encoding: GPT-2, RoBERTa, Qwen2, Llama 3.</summary>
public sealed class ByteLevelTests
{
    private const string Gpt2 = """{ "type": "ByteLevel", "add_prefix_space": false, "use_regex": true }""";
    private const string Decoder = """{ "type": "ByteLevel" }""";

    // Published with Llama 3; the words of Qwen2 differ in single digits only.
    private const string Llama3 = """
        { "type": "Sequence", "pretokenizers": [
          { "type": "Split", "behavior": "Isolated", "invert": false, "pattern": { "Regex":
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+" } },
          { "type": "ByteLevel", "add_prefix_space": false, "use_regex": false } ] }
        """;

    [Fact]
    public void Every_byte_has_the_published_character()
    {
        string[] alphabet = GivenTokenizer.Bytes();

        Assert.Equal("Ġ", alphabet[' ']);
        Assert.Equal("Ċ", alphabet['\n']);
        Assert.Equal("ĉ", alphabet['\t']);
        Assert.Equal("Ā", alphabet[0]);
        Assert.Equal("Ń", alphabet[0xAD]);
        Assert.Equal("ł", alphabet[0xA0]);
        Assert.Equal(256, alphabet.Distinct().Count());
    }

    [Fact]
    public void Merges_go_by_rank_and_the_leftmost_of_equals_first()
    {
        // "Ġlower": l o w e r → "lo" is first (rank 0), then "er" (1), then "lo w" (2); " l" would come last and finds no l.
        string[] pieces = [.. GivenTokenizer.Bytes(), "lo", "er", "low", "Ġl", "aa"];
        ITokenizer tokenizer = GivenTokenizer.From(
            GivenTokenizer.Json(GivenTokenizer.Bpe(pieces, ["l o", "e r", "lo w", "Ġ l", "a a"]), preTokenizer: Gpt2));

        Assert.Equal(["low", "er", "Ġ", "low", "er", "Ġ", "aa", "a"], tokenizer.Tokens("lower lower aaa"));
        Assert.Equal([258, 257], tokenizer.Encode("lower", null, 10));
    }

    [Fact]
    public void Merges_may_be_written_as_pairs()
    {
        string[] pieces = [.. GivenTokenizer.Bytes(), "ab", "abc"];
        string json = GivenTokenizer.Json(GivenTokenizer.Bpe(pieces, ["a b", "ab c"]), preTokenizer: Gpt2);
        string paired = json.Replace("\"a b\"", "[\"a\", \"b\"]", StringComparison.Ordinal)
            .Replace("\"ab c\"", "[\"ab\", \"c\"]", StringComparison.Ordinal);

        Assert.NotEqual(json, paired);
        Assert.Equal([257, 256], GivenTokenizer.From(paired).Encode("abcab", null, 10));
    }

    [Fact]
    public void A_word_in_the_vocabulary_is_taken_whole_if_merges_are_ignored()
    {
        string[] pieces = [.. GivenTokenizer.Bytes(), "abc"];

        ITokenizer ignoring = GivenTokenizer.From(GivenTokenizer.Json(GivenTokenizer.Bpe(pieces, [], """, "ignore_merges": true"""), preTokenizer: Gpt2));

        Assert.Equal(["abc", "a", "b", "c", "d"], [.. ignoring.Tokens("abc"), .. ignoring.Tokens("abcd")]);
    }

    [Theory]
    [InlineData(Gpt2, "I'm  here, 1234!", "I|'m|Ġ|Ġhere|,|Ġ1234|!")]
    [InlineData(Gpt2, "WE'LL\n\n x", "WE|'|LL|ĊĊ|Ġx")]
    [InlineData(Llama3, "WE'LL  say: 1234567 x=y;\n\nz  ", "WE|'LL|Ġ|Ġsay|:|Ġ|123|456|7|Ġx|=y|;ĊĊ|z|ĠĠ")]
    public void Text_is_divided_as_the_published_patterns_say(string preTokenizer, string text, string expected)
    {
        // Whole words are in the vocabulary, so that tokens are words.
        string[] pieces = [.. GivenTokenizer.Bytes(), .. expected.Split('|').Where(word => word.Length > 1).Distinct()];
        ITokenizer tokenizer = GivenTokenizer.From(GivenTokenizer.Json(GivenTokenizer.Bpe(pieces, [], """, "ignore_merges": true"""), preTokenizer: preTokenizer));

        Assert.Equal(expected.Split('|'), tokenizer.Tokens(text));
    }

    [Fact]
    public void Letters_above_the_basic_plane_are_letters()
    {
        // "𝒳𝓎" is two letters and "𠀀" one, each four bytes; a pattern over UTF-16 units would see six symbols, and "a" a word of its own.
        string word = string.Concat(Encoding.UTF8.GetBytes("a𝒳𠀀").Select(b => GivenTokenizer.Bytes()[b]));
        ITokenizer tokenizer = GivenTokenizer.From(GivenTokenizer.Json(GivenTokenizer.Bpe([.. GivenTokenizer.Bytes(), word], [], """, "ignore_merges": true"""), preTokenizer: Gpt2));

        Assert.Equal([word], tokenizer.Tokens("a𝒳𠀀"));
    }

    [Theory]
    [InlineData(Gpt2)]
    [InlineData(Llama3)]
    public void Decoding_returns_any_text(string preTokenizer)
    {
        string[] pieces = [.. GivenTokenizer.Bytes(), "Ġa", "ĠĠ", "Ã©"];
        ITokenizer tokenizer = GivenTokenizer.From(
            GivenTokenizer.Json(GivenTokenizer.Bpe(pieces, ["Ġ a", "Ġ Ġ", "Ã ©"]), preTokenizer: preTokenizer, decoder: Decoder));
        var random = new Random(11);
        for (int i = 0; i < 300; i++)
        {
            string text = RandomText.Next(random, 60);

            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text, null, 10_000)));
        }
    }

    [Fact]
    public void Half_a_surrogate_pair_is_a_replacement_character_and_cut_UTF8_decodes_to_one()
    {
        ITokenizer tokenizer = GivenTokenizer.From(
            GivenTokenizer.Json(GivenTokenizer.Bpe(GivenTokenizer.Bytes(), []), preTokenizer: Gpt2, decoder: Decoder));

        Assert.Equal("a\uFFFDb", tokenizer.Decode(tokenizer.Encode("a\uD800b", null, 100)));
        Assert.Equal("a\uFFFD", tokenizer.Decode(tokenizer.Encode("aé", null, 2)));
    }

    [Fact]
    public void Merging_with_a_queue_agrees_with_looking_at_every_pair_each_time()
    {
        // Ranks fall out of order with lengths, so that pairs go stale in the queue.
        string[] made = ["bc", "ab", "abc", "cab", "bca", "aa", "bcab", "ca"];
        string[] merges = ["b ca", "a b", "aa a", "bc ab", "b c", "c a", "a bc", "c ab", "a a", "ca b", "bc a"];
        string[] pieces = [.. GivenTokenizer.Bytes(), .. made, "aaa"];
        ITokenizer tokenizer = GivenTokenizer.From(GivenTokenizer.Json(GivenTokenizer.Bpe(pieces, merges), preTokenizer: Gpt2));
        var random = new Random(29);
        for (int i = 0; i < 300; i++)
        {
            string word = string.Concat(Enumerable.Range(0, random.Next(1, 15)).Select(_ => "abc"[random.Next(3)]));

            Assert.Equal(SlowMerges(word, merges), tokenizer.Tokens(word));
        }
    }

    [Fact]
    public void A_long_word_merges_to_the_end()
    {
        // Quadratic merging of 2¹⁸ pieces would take minutes.
        string[] merges = [.. Enumerable.Range(0, 8).Select(i => $"{new string('a', 1 << i)} {new string('a', 1 << i)}")];
        string[] pieces = [.. GivenTokenizer.Bytes(), .. Enumerable.Range(1, 8).Select(i => new string('a', 1 << i))];
        ITokenizer tokenizer = GivenTokenizer.From(GivenTokenizer.Json(GivenTokenizer.Bpe(pieces, merges), preTokenizer: Gpt2));

        int[] ids = tokenizer.Encode(new string('a', 1 << 18), null, int.MaxValue);

        Assert.Equal(1 << 10, ids.Length);
        Assert.All(ids, id => Assert.Equal(263, id));
    }

    [Theory]
    [InlineData("", "#version: 0.2\nh i\n")]
    [InlineData("", "#version: 0.2\r\nh i\r\n")]
    [InlineData("", "h i\n\n")]
    [InlineData("\uFEFF", "\uFEFF#version: 0.2\nh i")]
    public void GPT2s_files_load_and_RoBERTas_get_their_template(string mark, string merges)
    {
        using var folder = new TemporaryFolder();
        string[] pieces = ["<s>", "<pad>", "</s>", "<unk>", .. GivenTokenizer.Bytes(), "hi", "<mask>"];
        folder.Write("vocab.json", mark + "{"
            + string.Join(", ", pieces.Select((piece, id) => $"{System.Text.Json.JsonSerializer.Serialize(piece)}: {id}"))
            + "}");
        folder.Write("merges.txt", merges);

        ITokenizer tokenizer = TokenizerFolder.Load(folder.Path);

        Assert.Equal(["<s>", "hi", "Ġ", "hi", "</s>"], tokenizer.Tokens("hi hi"));
        Assert.Equal(["<s>", "hi", "</s>", "</s>", "hi", "</s>"], tokenizer.Tokens("hi", "hi"));
        Assert.Equal(new SpecialTokens(Pad: 1, Unknown: 3, Begin: 0, End: 2, Mask: 261), tokenizer.Special);
        Assert.Equal("hi hi", tokenizer.Decode(tokenizer.Encode("hi hi", null, 10)));
    }

    private static List<string> SlowMerges(string word, string[] merges)
    {
        List<string> pieces = [.. word.Select(c => c.ToString())];
        while (true)
        {
            int[] ranks = [.. pieces.Zip(pieces.Skip(1), (left, right) => Array.IndexOf(merges, $"{left} {right}"))];
            if (ranks.All(rank => rank < 0))
            {
                return pieces;
            }

            int at = Array.IndexOf(ranks, ranks.Where(rank => rank >= 0).Min());
            pieces[at] += pieces[at + 1];
            pieces.RemoveAt(at + 1);
        }
    }
}
