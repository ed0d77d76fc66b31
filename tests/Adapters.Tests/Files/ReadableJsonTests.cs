using System.Text;
using System.Text.Json;
using EdgeFlora.Adapters.Files;

namespace EdgeFlora.Adapters.Tests.Files;

public sealed class ReadableJsonTests
{
    [Fact]
    public void Names_and_texts_are_those_of_the_document()
    {
        using JsonDocument document = ReadableJson.Parse(Encoding.UTF8.GetBytes("""{"schlüssel": ["\u00e4", "😀", 1.5, null]}"""));

        Assert.Equal("ä", document.RootElement.GetProperty("schlüssel")[0].GetString());
        Assert.Equal("😀", document.RootElement.GetProperty("schlüssel")[1].GetString());
    }

    [Theory]
    [InlineData("""{"a": "\ud800"}""")]
    [InlineData("""{"\udc00": 1}""")]
    [InlineData("""{"a": """)]
    [InlineData("")]
    public void Broken_JSON_and_lone_surrogates_are_refused(string json) =>
        Assert.ThrowsAny<JsonException>(() => ReadableJson.Parse(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Bytes_that_are_not_UTF_8_are_refused_with_their_place()
    {
        byte[] json = [.. "{\"a\": \""u8, 0xC7, .. "\"}"u8];

        Assert.Contains("not valid Unicode", Assert.ThrowsAny<JsonException>(() => ReadableJson.Parse(json)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(" \n", "it is empty")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "it is a pointer of Git LFS, not the file itself")]
    [InlineData("<!DOCTYPE html>\n<html></html>", "it is a web page or other XML, not the file itself")]
    public void What_is_in_the_place_of_JSON_is_named(string content, string expected)
    {
        JsonException refused = Assert.ThrowsAny<JsonException>(() => ReadableJson.Parse(Encoding.UTF8.GetBytes(content)));

        Assert.StartsWith(expected, ReadableJson.Describe(refused), StringComparison.Ordinal);
    }

    [Fact]
    public void Deep_nesting_is_refused() =>
        Assert.ThrowsAny<JsonException>(() => ReadableJson.Parse(Encoding.UTF8.GetBytes(new string('[', 100_000))));
}
