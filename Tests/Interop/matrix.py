"""Asks six foreign verifiers about every entry of the corpus, and prints one table.

usage: matrix.py CORPUS WORK [--update]

CORPUS is what `redoubt-corpus write` made; WORK is a directory for scratch files and for the table
as matrix.txt, matrix.csv and reasons.csv. Exits with 0 when the table equals expected.csv beside
this file, in which all deviations from what the verifiers claim have a line in exceptions.csv with
their reason; with 1 otherwise. --update writes expected.csv instead of comparing.

Who is asked what was fixed before any verifier was asked:
- every good entry must be accepted by all;
- an entry that breaks a rule of X.509 must be refused by those that claim to check that rule
  (CLAIMS); the verdicts of the others are in the table, in brackets;
- a sound entry of a kind that the authority never issues is put to them for the record;
- an entry that breaks a rule of the overlay's profile alone is not put to them, nor is a request.
"""

import base64
import contextlib
import csv
import datetime
import io
import json
import pathlib
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import warnings

warnings.filterwarnings("ignore")

from cryptography import x509
from cryptography.x509 import verification
from pkilint.bin import lint_crl, lint_pkix_cert, lint_pkix_signer_signee_cert_chain

HERE = pathlib.Path(__file__).parent
VERIFIERS = ["openssl", "certtool", "nss", "java", "python", "pkilint"]

# Family of rules -> who claims to check it. certtool and NSS are verifiers of chains and not of the
# form of each field; Java's validator has no purpose and trusts the root whatever its dates say;
# Python's has no revocation; pkilint reads one certificate, one list, or one pair, and has no clock.
CLAIMS = {
    "encoding": {"openssl", "certtool", "nss", "java", "python", "pkilint"},
    "signature": {"openssl", "certtool", "nss", "java", "python", "pkilint"},
    "algorithm": {"openssl", "certtool", "python"},
    "time": {"openssl", "certtool", "nss", "java", "python"},
    "revocation": {"openssl", "certtool", "nss", "java"},
    "constraints": {"openssl", "certtool", "nss", "java", "python"},
    "fields": {"openssl", "python", "pkilint"},
    "critical": {"openssl", "certtool", "nss", "java", "python"},
    "extensions": {"openssl", "python", "pkilint"},
    "purpose": {"openssl", "nss", "python"},
    "authority": {"openssl", "certtool", "nss", "java", "python"},
    "key": {"openssl", "java", "python"},
}

# The one finding of pkilint that is none: it takes any URI for one of the web, whose host may not
# be preceded by a Destination List.
ALLOWED_CODE = "pkix.invalid_uri_syntax"

# Setting -> what pkilint finds in its authorities and its list.
LINTED = {}


class Entry:
    """One line of the manifest, with its files."""

    def __init__(self, corpus, work, row):
        self.name, self.kind, self.family = row["name"], row["class"], row["family"]
        self.ours = row["ours"]
        self.der = corpus / row["file"]
        self.setting = corpus / "settings" / row["setting"]
        self.between = [
            self.setting / f"between-{index}" for index in range(int(row["between"]))
        ]
        self.work = work / self.name
        self.work.mkdir(parents=True)
        text = base64.encodebytes(self.der.read_bytes()).decode()
        self.pem = self.work / "leaf.pem"
        self.pem.write_text(
            f"-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n"
        )
        self.authorities = [self.setting / "issuing"] + self.between

    def file(self, name, content):
        path = self.work / name
        path.write_bytes(content)
        return path


def run(*arguments, **options):
    result = subprocess.run(
        [str(argument) for argument in arguments], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False, **options,
    )
    return result.returncode, " ".join(result.stdout.decode(errors="replace").split())


def ask_openssl(entry):
    chain = entry.file(
        "untrusted.pem",
        b"".join(path.with_suffix(".pem").read_bytes() for path in entry.authorities),
    )
    code, output = run(
        "openssl", "verify", "-x509_strict", "-CAfile", entry.setting / "root.pem", "-untrusted",
        chain, "-crl_check", "-CRLfile", entry.setting / "list.pem", "-purpose", "sslserver",
        "-auth_level", "2", entry.der,
    )
    return code == 0, output


def ask_certtool(entry):
    chain = entry.file(
        "chain.pem",
        entry.pem.read_bytes()
        + b"".join(path.with_suffix(".pem").read_bytes() for path in entry.authorities),
    )
    code, output = run(
        "certtool", "--verify", "--verify-profile", "medium", "--load-ca-certificate", entry.setting / "root.pem", "--load-crl",
        entry.setting / "list.pem", "--infile", chain,
    )
    return code == 0, output


def nss_database(setting, between, folder):
    """A fresh database with the root trusted, the other authorities and the list."""
    folder.mkdir(parents=True)
    place = f"sql:{folder}"
    run("certutil", "-N", "-d", place, "--empty-password")
    run("certutil", "-A", "-d", place, "-n", "root", "-t", "C,,", "-i", setting / "root.der")
    for path in [setting / "issuing"] + between:
        run("certutil", "-A", "-d", place, "-n", path.name, "-t", ",,", "-i", f"{path}.der")
    code, output = run("crlutil", "-I", "-d", place, "-t", "1", "-i", setting / "list.der")
    return (folder, None if code == 0 else f"the list cannot be imported: {output}")


def ask_nss(entry, template):
    folder, problem = template
    if problem:
        return False, problem
    own = entry.work / "nss"
    shutil.copytree(folder, own)
    place = f"sql:{own}"
    code, output = run("certutil", "-A", "-d", place, "-n", "leaf", "-t", ",,", "-i", entry.der)
    if code != 0:
        return False, output
    code, output = run("certutil", "-V", "-d", place, "-n", "leaf", "-u", "V", "-e")
    return code == 0, output


def ask_java(entries):
    """One process for all."""
    lines = [
        "\t".join(
            str(field)
            for field in [entry.name, entry.setting / "root.der", entry.setting / "list.der",
                          entry.der] + [path.with_suffix(".der") for path in entry.authorities]
        )
        for entry in entries
    ]
    result = subprocess.run(
        ["java", "-XX:TieredStopAtLevel=1", str(HERE / "PathCheck.java")],
        input="\n".join(lines) + "\n", stdout=subprocess.PIPE, text=True, check=True,
    )
    answers = {}
    for line in result.stdout.splitlines():
        name, verdict, reason = (line.split("\t") + [""])[:3]
        answers[name] = (verdict == "ACCEPTED", reason)
    return answers


def ask_python(entry):
    try:
        root = x509.load_der_x509_certificate(entry.setting.joinpath("root.der").read_bytes())
        leaf = x509.load_der_x509_certificate(entry.der.read_bytes())
        others = [
            x509.load_der_x509_certificate(path.with_suffix(".der").read_bytes())
            for path in entry.authorities
        ]
        builder = verification.PolicyBuilder().store(verification.Store([root]))
        builder = builder.time(datetime.datetime.now())
        builder.build_client_verifier().verify(leaf, others)
        # The same for a server, under the host name that is in every entry.
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        host = names.get_values_for_type(x509.DNSName)[0]
        builder.build_server_verifier(x509.DNSName(host)).verify(leaf, others)
        return True, ""
    except Exception as problem:  # Whatever it raises is a refusal.
        return False, f"{type(problem).__name__}: {problem}"


def lint(linter, *arguments):
    """The codes that a linter of pkilint finds, from NOTICE on; INFO is no fault."""
    output, errors = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
            code = linter.main(["lint", "-f", "JSON", "-s", "NOTICE"] + [str(a) for a in arguments])
    except Exception as problem:  # A linter that fails on its input has not accepted it.
        return [f"{type(problem).__name__}: {problem}"]
    if not output.getvalue():
        return [errors.getvalue().strip() or f"exit code {code}"]
    return [
        finding["code"]
        for result in json.loads(output.getvalue())["results"]
        for finding in result["finding_descriptions"]
    ]


def ask_pkilint(entry):
    issuing, root = entry.setting / "issuing.der", entry.setting / "root.der"
    upper = entry.between[0].with_suffix(".der") if entry.between else root
    codes = lint(lint_pkix_cert, entry.der)
    codes += lint(lint_pkix_signer_signee_cert_chain, issuing, entry.der)
    if entry.setting not in LINTED:
        LINTED[entry.setting] = (
            lint(lint_pkix_cert, root) + lint(lint_pkix_cert, issuing)
            + lint(lint_pkix_signer_signee_cert_chain, upper, issuing)
            + lint(lint_crl, "-t", "CRL", "-p", "PKIX", entry.setting / "list.der")
        )
    codes = sorted({code for code in codes + LINTED[entry.setting] if code != ALLOWED_CODE})
    return not codes, " ".join(" ".join(codes).split())


def judge(entries, work):
    """Verifier -> entry -> (accepted, reason)."""
    settings = {entry.setting.name: entry for entry in entries}
    with ThreadPoolExecutor(4) as pool:
        java = pool.submit(ask_java, entries)
        templates = {
            name: pool.submit(
                nss_database, entry.setting, entry.between, work / "nss" / name)
            for name, entry in settings.items()
        }
        asked = {
            "openssl": [pool.submit(ask_openssl, entry) for entry in entries],
            "certtool": [pool.submit(ask_certtool, entry) for entry in entries],
            "python": [pool.submit(ask_python, entry) for entry in entries],
        }
        templates = {name: future.result() for name, future in templates.items()}
        asked["nss"] = [
            pool.submit(ask_nss, entry, templates[entry.setting.name]) for entry in entries
        ]
        # pkilint prints to the process's own output, so one at a time and here.
        verdicts = {"pkilint": {entry.name: ask_pkilint(entry) for entry in entries}}
        for verifier, futures in asked.items():
            verdicts[verifier] = {
                entry.name: future.result() for entry, future in zip(entries, futures)
            }
        verdicts["java"] = java.result()
    return verdicts


def cell(entry, verifier, verdicts):
    if entry is None:
        return "not judged"
    word = "accepted" if verdicts[verifier][entry.name][0] else "refused"
    claimed = entry.kind == "good" or verifier in CLAIMS.get(entry.family, ())
    return word if claimed else f"({word})"


def read(name):
    path = HERE / name
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def write(path, header, rows):
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def deviations(table):
    """Cells in which a verifier did not do what it claims."""
    return {
        (row[0], verifier): word
        for row in table
        for verifier, word in zip(VERIFIERS, row[4:])
        if word == ("refused" if row[1] == "good" else "accepted")
    }


def summary(table, known):
    """One line per verifier, and each deviation by name."""
    wrong = deviations(table)
    lines = []
    for column, verifier in enumerate(["ours"] + VERIFIERS):
        good = [row[3 + column] for row in table if row[1] == "good"]
        bad = [row[3 + column] for row in table if row[1] == "x509"]
        claimed = [word for word in bad if not word.startswith("(")]
        others = [word for word in bad if word.startswith("(")]
        line = (
            f"{verifier:9} good accepted {good.count('accepted')}/{len(good)}; bad refused "
            f"{claimed.count('refused')}/{len(claimed)}"
        )
        if verifier == "ours":
            rest = [row for row in table if row[1] in ("profile", "request")]
            asked = [row for row in rest if row[2] == "refused"]
            refused = sum(row[3] == "refused" for row in asked)
            line += f"; bad by the profile or as requests refused {refused}/{len(asked)}"
        else:
            line += (
                f"; of {len(others)} whose rule it does not claim to check, "
                f"{others.count('(refused)')} refused"
            )
        lines.append(line)
    profile = sum(row[1] == "profile" for row in table)
    requests = sum(row[1] == "request" for row in table)
    bad = [row for row in table if row[1] == "x509"]
    agreed = [row for row in bad if "accepted" not in row[3:]]
    good = [row for row in table if row[1] == "good"]
    unanimous = sum(set(row[3:]) == {"accepted"} for row in good)
    lines.append(f"accepted by ours and all six: {unanimous} of {len(good)} good entries")
    lines.append(
        f"refused by ours and all that claim the rule: {len(agreed)} of {len(bad)} bad entries")
    lines.append(f"not judged by others: {profile} entries of the profile, {requests} requests")
    lines.append("")
    lines.append(f"deviations from the claims: {len(wrong)}")
    for (name, verifier), word in wrong.items():
        reason = known.get((name, verifier), "NOT EXPLAINED")
        lines.append(f"  {verifier} {word} {name}: {reason}")
    unused = [key for key in known if key not in wrong]
    lines += [f"  exceptions.csv explains {key} in vain" for key in unused]
    return lines, [key for key in wrong if key not in known] + unused


def main(arguments):
    corpus, work = pathlib.Path(arguments[0]), pathlib.Path(arguments[1])
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    with (corpus / "manifest.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    entries = {
        row["name"]: Entry(corpus, work / "scratch", row)
        for row in rows if row["class"] in ("good", "tolerated", "x509")
    }
    verdicts = judge(list(entries.values()), work / "scratch")
    table = [
        [row["name"], row["class"], row["expected"], row["ours"]]
        + [cell(entries.get(row["name"]), verifier, verdicts) for verifier in VERIFIERS]
        for row in rows
    ]
    header = ["entry", "class", "expected", "ours"] + VERIFIERS
    write(work / "matrix.csv", header, table)
    write(
        work / "reasons.csv", ["entry", "verifier", "verdict", "reason"],
        [[name, verifier, "accepted" if verdict[0] else "refused", verdict[1][:200]]
         for verifier in VERIFIERS for name, verdict in sorted(verdicts[verifier].items())],
    )
    known = {(row["entry"], row["verifier"]): row["reason"] for row in read("exceptions.csv")}
    widths = [max(len(row[column]) for row in [header] + table) for column in range(len(header))]
    text = [
        "  ".join(word.ljust(width) for word, width in zip(row, widths)).rstrip()
        for row in [header] + table
    ]
    lines, unexplained = summary(table, known)
    report = "\n".join(text + [""] + lines) + "\n"
    (work / "matrix.txt").write_text(report)
    print(report, end="")
    if "--update" in arguments:
        write(HERE / "expected.csv", header, table)
    expected = [list(row.values()) for row in read("expected.csv")]
    changed = [row for row in table if row not in expected]
    gone = [row for row in expected if row not in table]
    for mark, found in (("is", changed), ("was expected", gone)):
        for row in found:
            print(f"differs from expected.csv: {mark} {','.join(row)}")
    wrong = [row for row in table if row[2] != row[3]]
    print(f"\n{'as expected' if not (changed or gone or unexplained or wrong) else 'NOT as expected'}")
    return 1 if changed or gone or unexplained or wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
