using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Tests.Models;

namespace EdgeFlora.Learning.Tests.Data;

public sealed class LanguageDataSetTests
{
    private static readonly BaseModel Model = TinyDecoder.Load("llama");

    [Fact]
    public void Rows_have_a_text_or_a_prompt_with_its_completion()
    {
        LanguageDataSet data = Read("a.jsonl", "{\"text\": \"red cat\"}\n{\"prompt\": \"one \", \"completion\": \"two\", \"id\": [1]}\n");

        Assert.Equal([new LanguageExample(null, "red cat", 1), new LanguageExample("one ", "two", 2)], data.Examples);
        Assert.False(data.Running);
    }

    [Fact]
    public void A_text_file_is_one_running_text()
    {
        LanguageDataSet data = Read("a.txt", "\uFEFFred\ncat\n");

        Assert.Equal([new LanguageExample(null, "red\ncat\n")], data.Examples);
        Assert.True(data.Running);
        Assert.Equal(64, data.Sha256.Length);
    }

    [Theory]
    [InlineData("a.jsonl", "{\"text\": \"red\"}\n{\"prompt\": \"one\"}", "a.jsonl:2: a row has \"text\", or \"prompt\" and \"completion\"")]
    [InlineData("a.jsonl", "{\"text\": \"red\", \"prompt\": \"a\", \"completion\": \"b\"}", "this one has \"text\", \"prompt\", \"completion\"")]
    [InlineData("a.jsonl", "{\"prompt\": \"a\", \"completion\": \"\"}", "an empty \"completion\"")]
    [InlineData("a.jsonl", "{\"words\": \"red\"}", "this one has \"words\" (")]
    [InlineData("a.jsonl", "{}", "this one has no column")]
    [InlineData("a.jsonl", "\n", "no rows")]
    [InlineData("a.jsonl", "{\"", "a.jsonl:1: broken JSON")]
    [InlineData("a.txt", " \n", "the text is empty")]
    [InlineData("a.txt", "red\ncat\0\n", "a.txt:2: the line has the control character U+0000 (NUL), which no text has")]
    [InlineData("a.csv", "text\nred\0\n", "a.csv:2: character 4 of the line is the control character U+0000 (NUL)")]
    [InlineData("a.parquet", "x", "the ending \".parquet\" tells no format")]
    public void What_is_no_data_is_refused_with_file_and_line(string name, string content, string expected) =>
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => Read(name, content)).Message, StringComparison.Ordinal);

    [Fact]
    public void Colours_and_pages_belong_to_a_running_text_and_a_row_may_be_called_as_its_column()
    {
        Assert.Equal("\u001B[1mred\f", Read("a.txt", "\u001B[1mred\f").Examples[0].Text);
        Assert.Equal("text", Read("a.csv", "text\ntext\n").Examples[0].Text);
    }

    [Fact]
    public void A_text_that_is_not_UTF_8_is_refused_with_the_byte()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "a.txt");
        File.WriteAllBytes(path, [0x61, 0x62, 0xff]);

        Assert.Contains(
            "not UTF-8 at byte 2", Assert.Throws<InvalidDataException>(() => LanguageDataSet.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_columns_may_hold_the_texts()
    {
        LanguageDataSet data = Read("a.csv", "question,answer\nHow?,So\n", new LanguageColumns { Prompt = "question", Completion = "answer" });

        Assert.Equal([new LanguageExample("How?", "So", 2)], data.Examples);
    }

    [Fact]
    public void Rows_are_held_out_at_random_and_the_end_of_a_running_text()
    {
        LanguageDataSet rows = Read("a.jsonl", string.Concat(Enumerable.Range(0, 20).Select(i => $"{{\"text\": \"t{i}\"}}\n")));
        (LanguageDataSet training, LanguageDataSet heldOut) = rows.Split(0.25, seed: 1);
        (LanguageDataSet start, LanguageDataSet end) = Read("a.txt", "0123456789").Split(0.25, seed: 1);

        Assert.Equal(15, training.Examples.Count);
        Assert.Equal(rows.Examples.OrderBy(e => e.Text), training.Examples.Concat(heldOut.Examples).OrderBy(e => e.Text));
        Assert.NotEqual(rows.Examples.Take(15), training.Examples);
        Assert.Equal(("01234567", "89"), (start.Examples[0].Text, end.Examples[0].Text));
    }

    [Fact]
    public void A_text_begins_as_the_tokenizer_begins_texts_and_ends_with_the_ending_token()
    {
        LanguageSequence sequence = Encode(new LanguageExample(null, "red cat runs"));

        Assert.Equal([0, 5, 13, 17, 4], sequence.Ids);
        Assert.Equal((1, 4, 12.0), (sequence.FirstTarget, sequence.Targets, sequence.Bytes));
    }

    [Fact]
    public void A_text_may_begin_and_end_with_the_same_token()
    {
        using var folder = new TemporaryFolder();
        TinyDecoder.Write(folder.Path, "llama");
        folder.Write("tokenizer_config.json", "{\"eos_token\": \"<s>\"}");

        LanguageSequence sequence = LanguageSequence.Encode(
            BaseModel.Load(folder.Path).Tokenizer, new LanguageDataSet([new LanguageExample("red ", "cat")], Running: false, ""), maxTokens: 9)[0];

        Assert.Equal([0, 5, 13, 0], sequence.Ids);
        Assert.Equal(2, sequence.FirstTarget);
    }

    [Fact]
    public void The_tokens_of_a_prompt_are_given_and_not_predicted()
    {
        LanguageSequence sequence = Encode(new LanguageExample("red cat ", "runs"));

        Assert.Equal([0, 5, 13, 17, 4], sequence.Ids);
        Assert.Equal((3, 2, 4.0), (sequence.FirstTarget, sequence.Targets, sequence.Bytes));
    }

    [Fact]
    public void A_token_that_prompt_and_completion_make_together_is_predicted()
    {
        // "red" and "dish" make one unknown word.
        LanguageSequence sequence = Encode(new LanguageExample("one red", "dish cat"));

        Assert.Equal([0, 9, 2, 13, 4], sequence.Ids);
        Assert.Equal(2, sequence.FirstTarget);
    }

    [Fact]
    public void What_is_too_long_is_cut_and_does_not_end()
    {
        LanguageSequence sequence = Encode(new LanguageExample("one ", "red cat runs sits"), maxTokens: 3);

        // One token more than the model reads, for the last one is only predicted; two of four tokens are left of 17 bytes.
        Assert.Equal([0, 9, 5, 13], sequence.Ids);
        Assert.Equal(8.5, sequence.Bytes);
    }

    [Fact]
    public void A_prompt_that_leaves_no_token_to_predict_is_refused()
    {
        InvalidDataException refusal = Assert.Throws<InvalidDataException>(() => Encode(new LanguageExample("red cat runs ", "one"), maxTokens: 3));

        Assert.StartsWith("Example 1: the first 4 of its 6 tokens are given, at most 3 are read", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_token_of_a_running_text_but_the_first_is_predicted_once()
    {
        string[] words = [.. Enumerable.Range(0, 11).Select(i => TinyBert.Words[i % 16])];
        var data = new LanguageDataSet([new LanguageExample(null, string.Join(' ', words))], Running: true, "");

        IReadOnlyList<LanguageSequence> blocks = LanguageSequence.Encode(Model.Tokenizer, data, maxTokens: 4);

        Assert.Equal([5, 5, 4], blocks.Select(block => block.Ids.Length));
        Assert.Equal(Enumerable.Range(5, 11), blocks.SelectMany(block => block.Ids[block.FirstTarget..]));
        Assert.Equal(blocks[0].Ids[^1], blocks[1].Ids[0]);

        // The token that begins the text has its share of the bytes and is not predicted; sums of eleven divisions err by less.
        Assert.Equal(data.Examples[0].Text.Length * 11 / 12.0, blocks.Sum(block => block.Bytes), 1e-9);
    }

    private static LanguageSequence Encode(LanguageExample example, int maxTokens = 100) =>
        LanguageSequence.Encode(Model.Tokenizer, new LanguageDataSet([example], Running: false, ""), maxTokens)[0];

    private static LanguageDataSet Read(string name, string content, LanguageColumns? columns = null)
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, name);
        File.WriteAllText(path, content);
        return LanguageDataSet.Read(path, columns);
    }
}
