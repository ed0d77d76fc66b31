using System.Text;
using EdgeFlora.Learning.Data;

namespace EdgeFlora.Learning.Tests.Data;

/// <summary>A file that is not what its name says is called what it is, with what to do.</summary>
public sealed class FileKindTests
{
    [Theory]
    [InlineData("a.jsonl", "[{\"text\": \"x\", \"label\": \"y\"}]", "the file is a JSON array, JSONL has one object a line")]
    [InlineData("a.jsonl", "[\n{\"text\": \"x\"}\n]", "the file is a JSON array")]
    [InlineData("a.jsonl", "{\n\"text\": \"x\"\n}", "an object goes on over several lines")]
    [InlineData("a.jsonl", "text,label\nx,y\n", "if the file is CSV, let its name end in .csv")]
    [InlineData("a.jsonl", "text\tlabel\nx\ty\n", "if the file is TSV, let its name end in .tsv")]
    [InlineData("a.csv", "{\"text\": \"x\", \"label\": \"y\"}\n", "the file holds JSON, not CSV; with one object a line, let its name end in .jsonl")]
    [InlineData("a.csv", "text;label\nx;y\n", "the fields are separated by semicolons")]
    [InlineData("a.csv", "text\tlabel\nx\ty\n", "the fields are separated by tabs; let its name end in .tsv")]
    [InlineData("a.tsv", "text,label\nx,y\n", "the fields are separated by commas; let its name end in .csv")]
    [InlineData("a.csv", "PK\u0003\u0004", "a zip archive or an Excel workbook")]
    [InlineData("a.jsonl", "PAR1", "a Parquet file")]
    [InlineData("a.jsonl", "version https://git-lfs.github.com/spec/v1", "a pointer of Git LFS")]
    [InlineData("a.jsonl", "<!DOCTYPE html>", "a web page")]
    [InlineData("a.json", "{}", "it should be .jsonl, with one JSON object a line")]
    public void Of_text(string name, string content, string said) => Refused(name, Encoding.UTF8.GetBytes(content), said);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Of_UTF_16_with_and_without_its_mark(bool mark)
    {
        byte[] text = Encoding.Unicode.GetBytes("{\"text\": \"x\", \"label\": \"y\"}\n");

        Refused("a.jsonl", mark ? [0xFF, 0xFE, .. text] : text, "is a text in UTF-16; save it in UTF-8");
    }

    [Fact]
    public void Of_a_running_text()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "a.txt");
        File.WriteAllBytes(path, [0x1F, 0x8B, 8, 0]);

        Assert.Contains("a gzip archive; unpack it first", Assert.Throws<InvalidDataException>(() => LanguageDataSet.Read(path)).Message, StringComparison.Ordinal);
    }

    private static void Refused(string name, byte[] content, string said)
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, name);
        File.WriteAllBytes(path, content);

        InvalidDataException refusal = Assert.Throws<InvalidDataException>(() => LabelledDataSet.Read(path));

        Assert.StartsWith(path, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(said, refusal.Message, StringComparison.Ordinal);
    }
}
