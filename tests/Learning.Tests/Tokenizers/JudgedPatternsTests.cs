using System.Text.Json;
using EdgeFlora.Learning.Tokenizers;
using Tokenizers.DotNet;

namespace EdgeFlora.Learning.Tests.Tokenizers;

/// <summary>Regular expressions in Oniguruma's syntax: what they match is what Hugging Face's tokenizers, which use Oniguruma, say.</summary>
public sealed class JudgedPatternsTests
{
    private static readonly string[] Patterns =
    [
        @"^", @"$", @"^a", @"a$", @"\A.", @".\z", @".\Z", @"\Ga", @"\b", @"\B", @"a*", @"a??", @"a+?", @"(?:a|b)*?", @"x*", @"a{,3}", @"a{2}",
        @"a{2}?", @"a{1,2}+", @"a{3,1}", @"a{,}", @"a{", @"a{b", @"{", @"a{,3", @"(?i)ss", @"(?i)SS+", @"(?i:ß)", @"(?i)s", @"(?i)'s|'t",
        @"(?i)[^a-z]", @"(?i)[ß]", @"(?i)[\w]", @"(?i)ffi", @"(?i)ΐ", @"(?i)ǆ", @"(?-i)a", @"(?i)a(?-i)b", @"a(?i)b|c", @"(?i:a(?-i:b))",
        @"(?m).+", @"(?m:.)+", @".+", @"(?x) a b # comment", @"(?x: a \  b )", @"a(?#comment)b", @"(?<=a)b", @"(?<!a)b", @"(?<=a|bc)d",
        @"(?<=[a-z])(?=[A-Z])", @"(?=a)", @"(?!a)", @"(?>a+)b", @"a++", @"a*+a", @"a?+a", @"(?<name>a)b", @"(?'n'a)b", @"(a)(b)", @"\R", @"\N+",
        @"\O+", @"\h+", @"\H+", @"\x41", @"\x{41}", @"\x{1F600}", @"\x", @"\xe3\x81\x82", @"[\xe3\x81\x82]", @"\u0041", @"\u004", @"\o{101}",
        @"\0", @"\07", @"\cA", @"\C-a", @"\a\e\f", @"[\b]", @"[a-c-e]", @"[-a]", @"[a-]", @"[a\-z]", @"[]a]", @"[^]a]", @"[a", @"[a-\d]",
        @"[\d-z]", @"[\w-]", @"[a&&b]", @"[a-z&&[^b]]", @"[a-z&&[aeiou]&&[a-i]]", @"[^a-z&&[aeiou]]", @"[[a-c][x-z]]", @"[^[a-c][x-z]]",
        @"[[:alpha:]]", @"[[:^alpha:]]", @"[[:foo:]]", @"[:alpha:]", @"[[:alpha:][:digit:]]", @"[z-a]", @"\p{L}", @"\p{^L}", @"\P{L}",
        @"\P{^L}", @"\pL", @"\PL", @"\p{Lu}\p{Ll}", @"\p{letter}", @"\p{Uppercase_Letter}", @"\p{UPPERCASE-LETTER}", @"\p{ Han }", @"\p{Hani}",
        @"\p{Foo}", @"\p{Emoji}", @"\p{Any}", @"\p{Assigned}", @"\p{Alnum}", @"\p{Word}", @"[\p{Word}]", @"\w", @"[\w]", @"\W", @"[^\w]",
        @"\d+", @"\D+", @"\s+", @"\S+", @"(?W)\w", @"(?W:\b)", @"(?D)\d", @"(?S)\s", @"(?P)[[:alpha:]]", @"a|", @"|a", @"()", @"(|a)+", @"(?:)",
        @"(?:a|)+", @"(?:|a)*", @"a**", @"a+*", @"a?+?", @"*a", @"+", @"?", @"a|*", @"(a", @"a)", @"\", @"a\", @"[a\", @"(?", @"(?a", @"(?<",
        @"(?<a", @"(?P<x>a)", @"(?s:.)", @"(?a:x)", @"\Q.\E", @"\'", @"\`", @"\<", @"\>", @"\z\A", @"]", @"}", @"a]b", @"\]", @"\{", @".{3}",
        @".{2,}?", @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        @"(?:^|a)b", @"(?=a)*", @"(?<=^)a", @"(?<=\b)a", @"(?<!^)a", @"(?<=a*)b", @"(?<=a+b)c", @"(?<!a{1,2})b", @"(?<=(?:a|bb))c",
        @"\p{L}{,2}", @"[ -~]", @"[!--]", @"[--/]", @"[a--]", @"[+--]", @"[a-b-]", @"[\x00-\x7f]", @"[ࠀ-一]", @"[🌀-🫿]", @"[^🌀-🫿]+",
        @"[\u{1F600}]", @"[\U0001F600]", @"[\R]", @"[\X]", @"[\A]", @"[\z]", @"[.$^|()*+?{}]", @"[\n\r\t]", @"[[[a]]]", @"[a[^b]]", @"[^a[^b]]",
        @"[&&a]", @"[a&&]", @"[a&&&&b]", @"[a-&&b]", @"[&]", @"[a&b]", @"(?i)[a-z&&[^k]]", @"(?i)K", @"(?i)ſ", @"(?i)İ", @"(?i)i", @"(?i)st",
        @"(?i)ﬆ", @"(?i)(?<=ß)e", @"(?i)(?<=ss)e", @"(?i)(?<!ss)e", @"(?i)(s)(s)", @"(?i)s{2}", @"(?i)ssss", @"(?i)sſs", @"(?i)\x{DF}",
        @"(?i:\p{Lu}+)", @"(?i:[A-Z]+)", @"(?ix) S # x", @"(?im).", @"(?-m).", @"(?i)\u0073\u0073",
        @"\101",
    ];

    private static readonly string[] Texts =
    [
        "a\n", "\n", "\n\n", "a\nb\n", "\r\n\r\n", "a\r\nb", "ab  cd\n\n ef", "aaa", "aAaA bBß SS ss ſſ ﬀ ffi ﬃ K k", "straße STRASSE", "x² y³ ¼",
        "a{,3}b a{b", "é́ 👨‍👩‍👧 🇩🇪🇫🇷",
        "\u0085\u2028", "ǅ ǆ Ǆ ΐ ΐ", "foo_bar-baz", "日本語とカナ", "\0\u0001", "abcabcabc", "aab ab b", "12345 1,234.5", "it's IT'S It'ſ", "pL \\ ][",
        "🌀🚀𝒳", "camelCaseWord", "xAx a|b", " . ",
    ];

    [Fact]
    public void A_pattern_matches_what_Oniguruma_matches_or_both_refuse_it()
    {
        var wrong = new List<string>();
        foreach (string pattern in Patterns)
        {
            using var folder = new TemporaryFolder();
            string file = folder.Write("tokenizer.json", WithPattern(pattern));
            using Judge? judge = Loads(() => new Judge(file));
            ITokenizer? tokenizer = Loads(() => TokenizerFolder.Load(folder.Path, matchSpecial: true));
            if (judge is null || tokenizer is null)
            {
                wrong.AddRange(judge is null == tokenizer is null ? [] : [$"{pattern}: {(judge is null ? "the judge" : "we")} alone refuse it"]);
                continue;
            }

            wrong.AddRange(
                Texts.Where(text => !judge.Agrees(tokenizer, text)).Take(1).Select(text => $"{pattern}: {judge.Difference(tokenizer, text)}"));
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Theory]
    [InlineData(@"(a)\1", "a backreference is not supported; write what should match at character 5")]
    [InlineData(@"\g<1>(a)", "a call of a group is not supported")]
    [InlineData(@"\X", @"\X is not supported")]
    [InlineData(@"a\Kb", @"\K is not supported")]
    [InlineData("(?~a)", "a group that begins with (?~ is not supported")]
    [InlineData("(*FAIL)", "a callout is not supported")]
    [InlineData(@"\p{InBasic_Latin}", @"\p{InBasic_Latin} is no property that is known; known are general categories, scripts")]
    [InlineData(@"[\x80-\xff]", "an escaped byte begins no character in UTF-8")]
    [InlineData(@"(?<=a(?>b))c", "an atomic group in a condition on what precedes is not supported")]
    [InlineData("[]", "a class is empty")]
    [InlineData("(a", "a group is not closed")]
    [InlineData("a{100001}", "something is repeated over 100000 times")]
    public void What_has_no_counterpart_is_refused_by_name(string pattern, string expected)
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("tokenizer.json", WithPattern(pattern));

        InvalidDataException e = Assert.Throws<InvalidDataException>(() => TokenizerFolder.Load(folder.Path));

        Assert.StartsWith(
            $"{file}: normalizer.pattern.Regex: \"{pattern}\" is no pattern that is supported here: {expected}", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hostile_pattern_is_refused_before_it_takes_long()
    {
        string[] hostile =
            [new string('(', 5000), new string('[', 5000), string.Concat(Enumerable.Repeat(@"\w", 4999)), new string('a', 20_000), "(?i)"
                + new string('s', 5000)];

        foreach (string pattern in hostile)
        {
            using var folder = new TemporaryFolder();
            folder.Write("tokenizer.json", WithPattern(pattern));
            Assert.Throws<InvalidDataException>(() => TokenizerFolder.Load(folder.Path));
        }

        ITokenizer slow = GivenTokenizer.From(WithPattern("(a|aa|a?)+$"));
        Assert.Contains(
            "it should not backtrack so much",
            Assert.Throws<InvalidDataException>(() => slow.Encode(new string('a', 100) + "b", null, 1000)).Message,
            StringComparison.Ordinal);
    }

    private static T? Loads<T>(Func<T> load)
        where T : class
    {
        try
        {
            return load();
        }
        catch (Exception e) when (e is InvalidDataException or TokenizerException)
        {
            return null;
        }
    }

    /// <summary>Bytes are the tokens, and what matches becomes a bar.</summary>
    private static string WithPattern(string pattern) => GivenTokenizer.Json(
        GivenTokenizer.Bpe(["<unk>", .. Enumerable.Range(0, 256).Select(b => $"<0x{b:X2}>")], [], """, "unk_token": "<unk>", "byte_fallback": true"""),
        $$"""{ "type": "Replace", "pattern": { "Regex": {{JsonSerializer.Serialize(pattern)}} }, "content": "|" }""");
}
