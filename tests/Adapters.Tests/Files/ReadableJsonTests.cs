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

    [Fact]
    public void Deep_nesting_is_refused() =>
        Assert.ThrowsAny<JsonException>(() => ReadableJson.Parse(Encoding.UTF8.GetBytes(new string('[', 100_000))));
}
