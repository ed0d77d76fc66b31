using System.Text;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Tests.CommandLine;

public sealed class LabelListTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("edgeflora-labels-").FullName;

    [Theory]
    [InlineData("neg\npos\n")]
    [InlineData("neg\r\npos")]
    [InlineData("\uFEFF neg \npos\r\n")]
    public void A_file_has_a_name_a_line(string content) => Assert.Equal(["neg", "pos"], LabelList.Parse(Write(Encoding.UTF8.GetBytes(content))));

    [Theory]
    [InlineData("utf-16", "is UTF-16; save it as UTF-8")]
    [InlineData("utf-16BE", "is UTF-16; save it as UTF-8")]
    [InlineData("iso-8859-1", "is not UTF-8 at byte 0; save it as UTF-8 (for example: iconv -f WINDOWS-1252 -t UTF-8)")]
    public void A_file_of_another_encoding_is_named_with_what_to_do(string encoding, string expected)
    {
        Encoding other = Encoding.GetEncoding(encoding);
        string file = Write([.. other.GetPreamble(), .. other.GetBytes("été\nhiver\n")]);

        Assert.StartsWith(
            $"--labels file {file} {expected}", Assert.Throws<InputException>(() => LabelList.Parse(file)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("neg\npos\0\n", "has a control character in the name at position 2; a class is named with a line of text")]
    [InlineData("neg\n\npos\n", "has an empty name at position 2")]
    [InlineData("neg\nneg\n", "names 'neg' twice")]
    [InlineData("", "has 0 name(s)")]
    public void A_list_that_is_none_is_refused_with_the_place(string content, string expected) =>
        Assert.Contains(
            expected, Assert.Throws<InputException>(() => LabelList.Parse(Write(Encoding.UTF8.GetBytes(content)))).Message, StringComparison.Ordinal);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string Write(byte[] content)
    {
        string file = Path.Combine(folder, "labels.txt");
        File.WriteAllBytes(file, content);
        return file;
    }
}
