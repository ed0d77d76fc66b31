using System.Security.Cryptography;
using System.Text;
using EdgeFlora.Learning.Data;

namespace EdgeFlora.Learning.Tests.Data;

public sealed class LabelledDataSetTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void JSONL_gives_examples_labels_keys_and_the_files_hash()
    {
        const string Content = "{\"text\": \"good film\", \"label\": \"pos\", \"who\": \"ann\"}\n\n{\"who\": 7, \"label\": \"neg\", \"text\": "
            + "\"bad\\nfilm\", \"other\": [1]}\r\n";
        string file = folder.Write("a.jsonl", Content);

        LabelledDataSet data = LabelledDataSet.Read(file, new DataColumns { Key = "who" });

        Assert.Equal(["neg", "pos"], data.Labels);
        Assert.Equal([new Example("good film", null, 1), new Example("bad\nfilm", null, 0)], data.Examples);
        Assert.Equal(["ann", "7"], data.Keys!);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Content))), data.Sha256);
    }

    [Fact]
    public void What_is_written_reads_back_the_same()
    {
        var data = new LabelledDataSet(["é\"", "x"], [new Example("a\tb", "c\n„d“", 1), new Example("e", "f", 0)], null, "");
        string file = Path.Combine(folder.Path, "out.jsonl");

        data.Write(file);

        Assert.Equal(data.Examples, LabelledDataSet.Read(file, labels: data.Labels).Examples);
        Assert.Equal([file], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void CSV_quoting_follows_RFC_4180_and_numbers_lines_by_where_a_row_begins()
    {
        string file = folder.Write("a.csv", "\uFEFFid,sentence,class\r\n1,\"one, \"\"two\"\"\r\nlines\",a\r\n2,plain,b\r\n3,plain,c\r\n");
        var columns = new DataColumns { Text = "sentence", Label = "class" };

        LabelledDataSet data = LabelledDataSet.Read(file, columns);

        Assert.Equal(["one, \"two\"\nlines", "plain", "plain"], data.Examples.Select(e => e.Text));
        InvalidDataException e = Assert.Throws<InvalidDataException>(() => LabelledDataSet.Read(file, columns, ["a", "c"]));
        Assert.StartsWith($"{file}:4: label \"b\"", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TSV_takes_quotes_as_they_are()
    {
        string file = folder.Write("a.tsv", "text\ttext_pair\tlabel\nsay \"hi\tsecond\t0\n");

        LabelledDataSet data = LabelledDataSet.Read(file);

        Assert.Equal(new Example("say \"hi", "second", 0), Assert.Single(data.Examples));
    }

    [Theory]
    [InlineData("a.jsonl", "{\"text\": \"x\", \"label\": 1}\n{\"text\": ", ":2: broken JSON")]
    [InlineData("a.jsonl", "{\"text\": \"\\ud800\", \"label\": 1}", ":1: broken JSON")]
    [InlineData("a.jsonl", "1", ":1: a JSON Number")]
    [InlineData("a.jsonl", "{\"label\": 1}", ":1: column \"text\" is missing or empty; the row has \"label\"")]
    [InlineData("a.jsonl", "{\"text\": \"x\"}", ":1: column \"label\" is missing or empty; the row has \"text\"")]
    [InlineData("a.csv", "words,label\nx,1\n", ":2: column \"text\" is missing or empty; the row has \"words\", \"label\"")]
    [InlineData("a.jsonl", "{\"text\": \" \", \"label\": 1}", ":1: \"text\" is empty")]
    [InlineData("a.jsonl", "{\"text\": \"x\", \"label\": [1]}", ":1: \"label\" is a JSON Array")]
    [InlineData("a.jsonl", "{\"text\": \"x\", \"label\": 2}", ":1: label \"2\" is none of the task's: 0, 1.")]
    [InlineData("a.jsonl", "{\"text\": \"x\", \"label\": 1}\n{\"text\": \"x\", \"text_pair\": \"y\", \"label\": 1}", ":2: has \"text_pair\"")]
    [InlineData(
        "a.jsonl", "{\"text\": \"x\", \"text_pair\": \"y\", \"label\": 1}\n{\"text\": \"x\", \"label\": 1}", ":2: column \"text_pair\" is missing")]
    [InlineData("a.jsonl", "\n", ": no rows")]
    [InlineData("a.csv", "text,label\nx,1,2\n", ":2: the row has 3 fields; the header has 2")]
    [InlineData("a.csv", "text,text\n", ":1: the header names column \"text\" 2 times")]
    [InlineData("a.csv", "text,label\n\"x,1\n", ":2: a quote is opened and not closed")]
    [InlineData("a.csv", "text,label\nx \"y\",1\n", ":2: a quote inside field 1")]
    [InlineData("a.csv", "text,label\n\"x\" y,1\n", ":2: text after the closing quote of field 1")]
    [InlineData("a.csv", "text,label\n\"x\"\"y\",1\n\"\"z,1\n", ":3: text after the closing quote of field 1")]
    [InlineData("a.csv", "text,label\nx,1\n\uFEFFtext,label\ny,0\n", ":3: the row repeats the header; if files were put together")]
    [InlineData("a.tsv", "text\tlabel\nx\t1\ntext\tlabel\n", ":3: the row repeats the header")]
    [InlineData("a.csv", "text,label\nx,1\ny\0z,0\n", ":3: character 2 of the line is the control character U+0000 (NUL), which no text has")]
    [InlineData("a.csv", "te\0xt,label\nx,1\n", ":1: character 3 of the line is the control character U+0000 (NUL)")]
    [InlineData("a.tsv", "text\tlabel\nx\u0008\t1\n", ":2: character 2 of the line is the control character U+0008,")]
    [InlineData("a.csv", "text,label\nx,1\n\u001A", ":3: character 1 of the line is the control character U+001A (Ctrl-Z")]
    [InlineData("a.csv", "text,label\n\u001B[1mx,1\n", ":2: character 1 of the line is the control character U+001B (Escape)")]
    [InlineData("a.jsonl", "{\"text\": \"x\0\", \"label\": 1}", ":1: character 12 of the line is the control character U+0000 (NUL)")]
    [InlineData("a.jsonl", "{\"text\": \"x\", \"label\": \"1\\u0000\"}", ":1: label \"1\\u0000\" is none of the task's: 0, 1.")]
    [InlineData("a.csv", "text,label\nx,\u00A01\u200B\n", ":2: label \"\\u00A01\\u200B\" is none of the task's")]
    [InlineData("a.csv", "text\u00A0,label\nx,1\n", ":2: column \"text\" is missing or empty; the row has \"text\\u00A0\", \"label\"")]
    [InlineData("a.txt", "x", ": the ending \".txt\"")]
    public void A_broken_file_is_refused_with_file_and_line(string name, string content, string expected)
    {
        string file = folder.Write(name, content);

        InvalidDataException e = Assert.Throws<InvalidDataException>(() => LabelledDataSet.Read(file, labels: ["0", "1"]));

        Assert.StartsWith(file + expected, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_control_character_that_JSON_writes_out_belongs_to_the_text_but_to_no_label()
    {
        string text = folder.Write("text.jsonl", "{\"text\": \"x\\u0000\\u001by\", \"label\": \"a\"}\n");
        string label = folder.Write("label.jsonl", "{\"text\": \"x\", \"label\": \"a\"}\n{\"text\": \"x\", \"label\": \"b\\u0007\"}\n");

        Assert.Equal("x\0\u001By", Assert.Single(LabelledDataSet.Read(text).Examples).Text);
        Assert.StartsWith(
            $"{label}:2: label \"b\\u0007\" has a control character",
            Assert.Throws<InvalidDataException>(() => LabelledDataSet.Read(label)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_were_put_together_keep_no_byte_order_mark()
    {
        string file = folder.Write("a.jsonl", "\uFEFF{\"text\": \"x\", \"label\": \"a\"}\n\uFEFF{\"text\": \"y\", \"label\": \"b\"}\n");

        Assert.Equal(["x", "y"], LabelledDataSet.Read(file).Examples.Select(example => example.Text));
    }

    [Fact]
    public void A_record_that_is_too_long_ends_no_file_early()
    {
        string half = new('x', 600_000);
        string file = folder.Write("a.csv", $"text,label\n\"{half}\n{half}\",a\ny,b\n");

        Assert.StartsWith(
            $"{file}:2: a quote is opened and not closed within 1,048,576 characters",
            Assert.Throws<InvalidDataException>(() => LabelledDataSet.Read(file)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_in_the_place_of_a_file_is_called_one() => Assert.StartsWith(
        $"{folder.Path}: a folder; it should be a data set",
        Assert.Throws<InvalidDataException>(() => LabelledDataSet.Read(folder.Path)).Message,
        StringComparison.Ordinal);

    [Fact]
    public void A_line_that_is_too_long_or_not_UTF_8_is_refused_with_its_number()
    {
        string large = folder.Write("large.jsonl", "\n" + new string(' ', 2 << 20));
        string binary = Path.Combine(folder.Path, "binary.jsonl");
        File.WriteAllBytes(binary, [(byte)'\n', 0xC3, 0x28]);

        Assert.StartsWith(
            $"{large}:2: the line has over",
            Assert.Throws<InvalidDataException>(() => LabelledDataSet.Read(large)).Message,
            StringComparison.Ordinal);
        Assert.StartsWith(
            $"{binary}:2: not UTF-8 at byte 0",
            Assert.Throws<InvalidDataException>(() => LabelledDataSet.Read(binary)).Message,
            StringComparison.Ordinal);
    }
}
