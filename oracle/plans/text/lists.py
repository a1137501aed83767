"""Words that rules look for: roles and what they are called, and capitalised words that name no party."""

from importlib import resources

ROLES = (
    "buyer",
    "seller",
    "carrier",
    "arbiter",
    "donor",
    "charity",
    "reviewer",
    "patient",
    "grantee",
    "office",
    "debtor",
    "creditor",
)

ROLE_WORDS = {
    "buyer": "buyer",
    "purchaser": "buyer",
    "customer": "buyer",
    "seller": "seller",
    "vendor": "seller",
    "supplier": "seller",
    "carrier": "carrier",
    "haulier": "carrier",
    "forwarder": "carrier",
    "transporter": "carrier",
    "arbiter": "arbiter",
    "arbitrator": "arbiter",
    "umpire": "arbiter",
    "referee": "arbiter",
    "donor": "donor",
    "charity": "charity",
    "beneficiary": "charity",
    "reviewer": "reviewer",
    "patient": "patient",
    "grantee": "grantee",
    "office": "office",
}

_MONTHS = (
    "january february march april may june july august september october november december "
    "monday tuesday wednesday thursday friday saturday sunday"
)
_FUNCTION_WORDS = (
    "between among amongst whereas a an the this that these those if in on at for each every any all no nor not "
    "should when where while after before once upon what who whoever it its we you he she they i me us our your "
    "his her their as by from with without nothing both either neither there here and or but so to of into "
    "within until till up per than then also yes please dear regards sincerely okay right well anyway also "
    "finally instead members everyone present can do don't i'm that's"
)
_CONTRACT_WORDS = (
    "re subject note notes nb ps date dated page article articles clause section schedule annex appendix exhibit "
    "paragraph preamble recital recitals whereas terms term agreement contract order form purchase price payment "
    "delivery goods fee fees transport carriage freight inspection acceptance penalty delay refund dispute "
    "disputes arbitration law governing confidentiality notices notice entire severability signature signatures "
    "signed parties party total sum amount currency donation donations milestone milestones reviewers reviewer "
    "consent access record records data fields purpose duration research treatment obligation obligations debt "
    "debts invoice settlement netting net report figures blocks block period hash chain publication office buyer "
    "seller carrier arbiter eur usd gbp chf usdc euro euros dollar dollars pound pounds franc francs utc cet gmt "
    "vat iban tel phone fax email english french german italian spanish norwegian dutch swiss european union "
    "kingdom court courts arbitrator half quarter third good morning hello hi thanks thank kind best mr mrs ms "
    "minutes meeting agenda item items action summary draft copy version final attachment"
)
_JOINTS = (
    "de del della delle dei degli der den des van von y e di da das do dos of the for on du la le les los las al bin "
    "zu zum zur für am im à pas pour para por per et und och ja and"
)
_OFFICES = (
    "office offices institute bureau department ministry association society centre center university academy bank "
    "fund house college council agency board chamber court order sisters friends foundation research"
)
JOINTS = frozenset(f"{_JOINTS}".split())  # between the words of a name
OFFICES = frozenset(f"{_OFFICES}".split())  # that names of institutions begin with: "Office of …"
NO_NAMES = frozenset(f"{_MONTHS} {_FUNCTION_WORDS} {_CONTRACT_WORDS}".split())
OPENERS = frozenset(
    word
    for line in (resources.files(__package__) / "openers.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
    for word in line.split()
)
FUNCTION_WORDS = frozenset(f"{_MONTHS} {_FUNCTION_WORDS}".split())

MEDICAL_FIELDS = {
    "diagnoses": r"diagnos\w*|conditions?\b|findings of (?:illness|disease)",
    "medication": r"medication\w*|medicines?|prescri\w+|drugs?\b|tablets?|pills",
    "laboratory": r"lab(?:s|oratory)?\b|blood (?:tests?|work|values|results?|counts?)|bloods\b|test results",
    "imaging": r"imag(?:es|ing)\b|x-?rays?|scans?\b|mri\b|ct\b|ultrasounds?|radiolog\w+",
    "allergies": r"allerg\w+",
    "vaccinations": r"vaccin\w+|immuni[sz]\w+|jabs\b|inoculat\w+",
}
MEDICAL_PURPOSES = {
    "treatment": r"treat(?:ment|ing|s)?\b|therapy|looking after|care of",
    "research": r"research\w*|stud(?:y|ies)\b|trial\b",
    "second opinion": r"second opinion|another opinion|opinion of (?:a )?second",
    "insurance": r"insur\w+|claim\b|reimburse\w*",
    "emergency": r"emergenc\w+",
}
REPORT_FIGURES = {
    "transactions": r"transactions?|transfers?\b|tx\b",
    "fees": r"fees?\b|gas (?:paid|spent)|charges paid",
    "blocks": r"(?:number|count|pace|rate|interval|times?) of (?:the )?blocks|block (?:count|interval|times?|pace)"
    r"|how many blocks|blocks? (?:made|produced|mined|were)|how often (?:a )?blocks?",
    "difficulty": r"difficult\w+",
    "theta": r"theta|θ|share of capacity|capacity share",
}

CURRENCY_CODES = frozenset({"EUR", "USD", "USDC", "GBP", "CHF"})  # capitals that may follow a name: "the Fund EUR 500"
