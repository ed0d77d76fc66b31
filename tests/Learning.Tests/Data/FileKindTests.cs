using System.Text;
using EdgeFlora.Learning.Data;

namespace EdgeFlora.Learning.Tests.Data;

public sealed class FileKindTests : IDisposable
{
    private const string Row = """{"text":"a","label":"b"}""";

    private readonly TemporaryFolder folder = new();

    [Theory]
    [InlineData("a.jsonl", "[\n" + Row + "\n]\n", "the file is a JSON array; JSONL has one object a line")]
    [InlineData("a.jsonl", "\uFEFF[" + Row + "]", "the file is a JSON array")]
    [InlineData("a.jsonl", "{\n  \"text\": \"a\"\n}\n", "the file is JSON that is spread over lines")]
    [InlineData("a.jsonl", "text,label\na,b\n", "its first line is no JSON and looks like the header of CSV; name it .csv")]
    [InlineData("a.jsonl", "text\tlabel\na\tb\n", "looks like the header of TSV; name it .tsv")]
    [InlineData("a.csv", Row + "\n", "the file ends in .csv, but its first line is a JSON object; it is JSONL: name it .jsonl")]
    [InlineData("a.tsv", "[" + Row + "]", "the file ends in .tsv, but is a JSON array")]
    [InlineData("a.jsonl", "{'text': 'a', 'label': 'b'}\n", "the first line is a Python dictionary, not JSON; write the rows with json.dumps")]
    [InlineData("a.jsonl", Row + "\r" + Row + "\r", "the lines end with carriage returns alone")]
    [InlineData("a.csv", "text,label\ra,b\rc,d\n", "the lines end with carriage returns alone; save the file with line feeds")]
    [InlineData("a.tsv", "text\tlabel\ra\tb\rc\td\r\n", "the lines end with carriage returns alone")]
    [InlineData("a.jsonl", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "the file is a pointer of Git LFS, not the file itself")]
    [InlineData("a.csv", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "the file is a pointer of Git LFS, not the file itself")]
    [InlineData("a.jsonl", "<!DOCTYPE html>\n<html></html>\n", "the file is a web page, not data; download it again")]
    [InlineData("a.csv", "<html>\n</html>\n", "the file is a web page")]
    [InlineData("a.csv", "text;label\na;b\n", "the header has semicolons and no comma; save the file with commas")]
    [InlineData("a.csv", "text\tlabel\na\tb\n", "its header has tabs and no comma; it is TSV: name it .tsv")]
    [InlineData("a.jsonl", """{"text":"a","text":"b","label":"c"}""" + "\n", "broken JSON: ")]
    [InlineData("a.json", "[" + Row + "]", "JSON is read as JSONL only; write its objects one a line into a .jsonl")]
    [InlineData(
        "a.csv",
        "text,label\nthe 5\" screen,b\n",
        "a quote is opened and not closed within 1,048,576 characters; if it belongs to the text, quote the whole field and double it")]
    public void A_file_of_another_kind_is_named_with_what_to_do(string name, string content, string expected) =>
        Refused(folder.Write(name, content), expected);

    [Theory]
    [InlineData("utf-16", "a.jsonl", "the file is UTF-16; save it as UTF-8 first (for example: iconv -f UTF-16 -t UTF-8)")]
    [InlineData("utf-16BE", "a.csv", "the file is UTF-16")]
    [InlineData("utf-32", "a.tsv", "the file is UTF-32")]
    [InlineData("iso-8859-1", "a.jsonl", "not UTF-8 at byte 9 of the line; save the file as UTF-8")]
    public void A_file_of_another_encoding_is_named_with_what_to_do(string encoding, string name, string expected)
    {
        string path = folder.File(name);
        File.WriteAllText(path, """{"text":"é","label":"b"}""" + "\n", Encoding.GetEncoding(encoding));

        Refused(path, expected);
    }

    [Theory]
    [InlineData("a.jsonl", new byte[] { 0x1F, 0x8B, 8, 0 }, "the file is packed with gzip; unpack it first")]
    [InlineData("a.jsonl", new byte[] { 0x50, 0x41, 0x52, 0x31, 0 }, "the file is Parquet")]
    [InlineData("a.csv", new byte[] { 0x28, 0xB5, 0x2F, 0xFD, 0 }, "the file is packed (zstd, bzip2 or xz); unpack it first")]
    [InlineData("a.csv", new byte[] { 0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0 }, "the file is NumPy's or Python's own (.npy, pickle)")]
    [InlineData("a.jsonl", new byte[] { 0x80, 4, 0x95, 0 }, "the file is NumPy's or Python's own (.npy, pickle)")]
    [InlineData("a.tsv", new byte[] { 0x89, 0x48, 0x44, 0x46, 13, 10 }, "the file is HDF5")]
    [InlineData("a.csv", new byte[] { 0x25, 0x50, 0x44, 0x46, 0x2D, 0x31 }, "the file is a PDF, not its text")]
    [InlineData("a.csv", new byte[] { 0x53, 0x51, 0x4C, 0x69, 0x74, 0x65, 32, 0x66, 0x6F, 0x72, 0x6D, 0x61, 0x74, 32, 0x33, 0 }, "a SQLite database")]
    public void Packed_and_binary_files_are_named(string name, byte[] content, string expected)
    {
        string path = folder.File(name);
        File.WriteAllBytes(path, content);

        Refused(path, expected);
    }

    [Theory]
    [InlineData("a.csv", "text,label\n\"[x]\",b\n")]
    [InlineData("a.csv", "{x,label,text\n1,b,a\n")]
    [InlineData("a.jsonl", "\uFEFF\n" + Row + "\n")]
    [InlineData("a.csv", "\"te\rxt\",text,label\nc,a,b\n")]
    [InlineData("a.csv", "text,label\n\"\uFEFFa\fpage\vline\",b\n")]
    public void What_only_looks_alike_is_read(string name, string content) =>
        Assert.Single(LabelledDataSet.Read(folder.Write(name, content)).Examples);

    public void Dispose() => folder.Dispose();

    private static void Refused(string path, string expected)
    {
        InvalidDataException e = Assert.Throws<InvalidDataException>(() => LabelledDataSet.Read(path));

        Assert.StartsWith(path, e.Message, StringComparison.Ordinal);
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }
}
